using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Codes;

/// <summary>QF09xx: what a quantization or a comparison warns of has its code and its remedy.</summary>
public sealed class WarningCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_that_cannot_lead_to_a_good_result()
    {
        Assert.Equal("x", Calibrated(Diagnostics.ConstantInput, Network(), 32, _ => 0).Node);
        Assert.Null(Calibrated(Diagnostics.FewSamples, Network(), 1, Noise).Node);
        Calibrated(Diagnostics.WeakInput, Network(weights: 0.01f), 32, Noise);
        Calibrated(Diagnostics.PixelScaleUnclear, Network(bias: 0), 32, i => (i * 37 % 256) / 255f);
        Calibrated(Diagnostics.UnlikeSamples, Network(), 64, i => (i / 8 == 5 ? 1000 : 1) * (float)Math.Sin(i));
        Calibrated(Diagnostics.RangesGrowing, Network(), 32, i => (1 + (i / 8)) * (float)Math.Sin(i));
        var overflows = Network().Node("Exp", ["y"], "e").Random("v", 4, 4).Node("MatMul", ["e", "v"], "z").Output("z");
        var warnings = Calibrated(overflows, 32, i => i == 3 ? 500 : (float)Math.Sin(i), r => r with { Check = false });
        Assert.Contains(warnings, warning => (warning.Code, warning.Node) == (Diagnostics.InfiniteTensor.Code, "e"));
    }

    [Fact]
    public void A_result_that_is_mostly_rounding()
    {
        var model = new ModelBuilder().Input("x", 1, 4)
            .Floats("w", [3, 4], 1000, -500, 250, 1000, 0.5f, -0.25f, 1, 0.75f, -1, 0.5f, 0.25f, 0.125f)
            .Node("Gemm", ["x", "w"], "y", node => node.SetInt("transB", 1)).Output("y", 1, 3);

        Assert.Equal("y", Warned(Diagnostics.MostlyRounding, Quantized.Of(model).Report.Warnings).Node);
    }

    [Fact]
    public void A_result_that_lost_much()
    {
        // both parts have the steps of the large one
        var model = new ModelBuilder().Input("x", 1, 4).Floats("w", [2, 4], 1000, -500, 250, 1000, 15, -20, 10, 20)
            .Node("Gemm", ["x", "w"], "a", node => node.SetInt("transB", 1))
            .Node("Split", ["a"], ["y", "z"], node => node.SetInt("axis", 1)).Output("y", 1, 1).Output("z", 1, 1);

        Assert.Equal("z", Warned(Diagnostics.MuchRounding, Quantized.Of(model).Report.Warnings).Node);
    }

    [Fact]
    public void Layers_that_run_in_float() => Warned(
        Diagnostics.SixteenBitsInFloat,
        Quantized.Of(Network(), r => r with { Precision = Precision.TfliteInt16, SymmetricActivations = true }).Report.Warnings);

    [Fact]
    public void Layers_whose_channels_round_to_nothing()
    {
        var model = new ModelBuilder().Input("x", 1, 4).Floats("w", [4, 2], 1, 1e-12f, -1, 1e-12f, 0.5f, 1e-12f, 0.25f, -1e-12f)
            .Floats("b", [2], 0.1f, 1).Node("Gemm", ["x", "w", "b"], "y").Output("y", 1, 2);

        var report = Quantized.Of(model).Report;

        var told = Assert.Single(report.LayerWarnings);
        Assert.Contains(told.Code, (string[])["QF0921", "QF0922"]);
        var warning = Assert.Single(Assert.Single(report.Layers).Warnings);
        Assert.Equal((told.Code, "y"), (warning.Code, warning.Node));
    }

    [Fact]
    public async Task Processors_that_disagree()
    {
        ProcessorModels.Write(_folder);
        var report = await ModelComparer.CompareAsync(_folder.File("float.onnx"), _folder.File("quantized.onnx"), _folder.File("x.npy"));

        Warned(Diagnostics.ProcessorsDisagree, report.Warnings);
    }

    [Fact]
    public void Every_warning_and_notice_of_the_core_has_an_entry()
    {
        Warning[] warnings = [Warning.NewDeadChannels([0]), Warning.NewConstantOutput([0]), Warning.NewOutputScaleReduced(1), Warning.NewOutputWidened(1)];
        Assert.Equal(
            [
                Diagnostics.WarnedDeadChannels, Diagnostics.WarnedConstantOutput, Diagnostics.WarnedOutputScaleReduced,
                Diagnostics.WarnedOutputWidened,
            ],
            warnings.Select(warning => Diagnostics.Of(warning.Code)));
        Assert.Equal(Diagnostics.NoticedSaturation, Diagnostics.OfNotice("saturation"));
        Assert.Equal(Diagnostics.NoticedNarrowAccumulator, Diagnostics.OfNotice("narrow-accumulator"));
    }

    private ReportWarning Calibrated(Diagnostic cause, ModelBuilder model, int samples, Func<int, float> value) =>
        Warned(cause, Calibrated(model, samples, value, request => request));

    private IReadOnlyList<ReportWarning> Calibrated(
        ModelBuilder model, int samples, Func<int, float> value, Func<QuantizeRequest, QuantizeRequest> with)
    {
        float[] values = [.. Enumerable.Range(0, samples * 8).Select(value)];
        var request = new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", model.Build().ToBytes()),
            Calibration = _folder.Write("x.npy", Npy.Of(values, samples, 8)),
            OutputPath = _folder.File("model.int8.onnx"),
            Overwrite = true,
        };
        return OnnxQuantizer.QuantizeAsync(with(request)).GetAwaiter().GetResult().Warnings;
    }

    private static float Noise(int i) => (float)((2 * new Random(i).NextDouble()) - 1);

    private static ModelBuilder Network(float weights = 1, float bias = 0.2f) => new ModelBuilder()
        .Input("x", 1, 8).Between("w", -weights, weights, 8, 4).Between("b", -bias, bias, 4)
        .Node("Gemm", ["x", "w", "b"], "y").Output("y");
}
