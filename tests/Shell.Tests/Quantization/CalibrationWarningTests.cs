using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Samples that cannot lead to a good result are told, with the cause.</summary>
public sealed class CalibrationWarningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_the_model_was_calibrated_with_is_always_told()
    {
        var report = await Quantize(Network(), Noise(32));

        var calibration = report.Calibration!;
        var input = Assert.Single(calibration.Inputs);
        Assert.Equal((32, "x", 0), (calibration.Samples, input.Name, calibration.Constant));
        Assert.InRange(input.Min, -1, -0.9);
        Assert.InRange(input.Max, 0.9, 1);
        Assert.InRange(input.Mean, -0.2, 0.2);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public async Task Zeros_alone_are_told() => Told(
        await Quantize(Network(), Filled(32, _ => 0)), "input `x` is 0 in every calibration sample", "as the model will be fed");

    [Fact]
    public async Task One_sample_is_told() => Told(await Quantize(Network(), Noise(1)), "calibrated with 1 sample only", "at least 16");

    [Fact]
    public async Task Samples_that_are_scaled_far_below_what_the_first_layer_takes_are_told() => Told(
        await Quantize(Network(weights: 0.01f), Noise(32)), "input `x` goes from -", "less than its own biases", "0..1 instead of 0..255");

    [Fact]
    public async Task Pixels_over_255_are_told_where_the_model_takes_both()
    {
        var grey = Filled(32, i => (i * 37 % 256) / 255f);

        Told(await Quantize(Network(bias: 0), grey), "pixels divided by 255", "scaled exactly as those in use");
        Assert.DoesNotContain((await Quantize(Network(bias: 3), grey)).Warnings, warning => warning.Message.Contains("pixels", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_outlier_is_told_and_can_be_left_out()
    {
        var samples = Filled(64, i => (i / 8 == 5 ? 1000 : 1) * (float)Math.Sin(i));

        Told(await Quantize(Network(), samples), "calibration sample 5 is unlike the others", "--skip-sample 5");

        var without = await Quantize(Network(), samples, r => r with { SkipSamples = [5] });
        Assert.Empty(without.Warnings);
        Assert.Equal(63, without.Calibration!.Samples);
        Assert.True(without.Check!.Outputs[0].SqnrDb > 25);
    }

    [Fact]
    public async Task Ranges_that_still_grow_are_told() => Told(
        await Quantize(Network(), Filled(32, i => (1 + (i / 8)) * (float)Math.Sin(i))), "still grew by more than 10 %", "give more samples");

    [Fact]
    public async Task An_infinity_of_the_samples_is_told_and_one_of_the_models_own_making_is_not()
    {
        var overflows = Network().Node("Exp", ["y"], "e").Random("v", 4, 4).Node("MatMul", ["e", "v"], "z").Output("z");
        Told(
            await Quantize(overflows, Filled(32, i => i == 3 ? 500 : (float)Math.Sin(i)), r => r with { Check = false }),
            "tensor `e` of the float model becomes infinite for calibration sample 0");

        var masks = Network().Floats("mask", [1, 4], 0, float.NegativeInfinity, 0, 0).Node("Add", ["y", "mask"], "m")
            .Node("Softmax", ["m"], "p", "axis=-1").Random("v", 4, 4).Node("MatMul", ["p", "v"], "z").Output("z");
        Assert.DoesNotContain(
            (await Quantize(masks, Noise(32), r => r with { Check = false })).Warnings,
            warning => warning.Message.Contains("infinite", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_command_line_leaves_samples_out()
    {
        var output = _folder.File("out.onnx");
        var run = await Quantfn.RunAsync([.. Quantfn.QuantizeSample("-o", output), "--skip-sample", "0", "3"]);
        Assert.Contains("Calibrated on 254 samples", run.Out, StringComparison.Ordinal);
        (await Quantfn.RunAsync([.. Quantfn.QuantizeSample("-o", output), "--force", "--skip-sample", "256"]))
            .IsBadInput("--skip-sample 256", "256 samples");
    }

    [Fact]
    public void Layers_inside_a_branch_are_named_with_the_node_that_holds_them()
    {
        var branch = new ModelBuilder().Random("w", 4, 4).Node("MatMul", ["x", "w"], "inner").Output("inner").Build().Graph;
        branch.Output[0].Type = null;
        var model = Network().Input("flag", DataType.Bool, 1)
            .Node("If", ["flag"], "z", node =>
            {
                node.Attribute.Add(new QuantFunctional.Onnx.Format.AttributeProto
                {
                    Name = "then_branch",
                    Type = QuantFunctional.Onnx.Format.AttributeProto.Types.AttributeType.Graph,
                    G = branch,
                });
                node.Attribute.Add(new QuantFunctional.Onnx.Format.AttributeProto
                {
                    Name = "else_branch",
                    Type = QuantFunctional.Onnx.Format.AttributeProto.Types.AttributeType.Graph,
                    G = branch.Clone(),
                });
            });
        var node = model.Build().Graph.Node.Single(one => one.OpType == "If");

        Assert.Equal(
            "2 MatMul inside it stay in float: its branches do not declare the types of their outputs; export the model again with types",
            new QuantFunctional.Onnx.Judging.InnerLayers(model.Build().Proto).Of(node));
    }

    private static ModelBuilder Network(float weights = 1, float bias = 0.2f) => new ModelBuilder()
        .Input("x", 1, 8)
        .Between("w", -weights, weights, 8, 4).Between("b", -bias, bias, 4)
        .Node("Gemm", ["x", "w", "b"], "y").Output("y");

    private static float[] Noise(int samples)
    {
        var random = new Random(3);
        return Filled(samples, _ => (2 * random.NextSingle()) - 1);
    }

    private static float[] Filled(int samples, Func<int, float> value) => [.. Enumerable.Range(0, samples * 8).Select(value)];

    private async Task<QuantizationReport> Quantize(
        ModelBuilder model, float[] values, Func<QuantizeRequest, QuantizeRequest>? with = null)
    {
        _folder.Write("x.npy", Npy.Of(values, values.Length / 8, 8));
        var request = new QuantizeRequest
        {
            Model = _folder.Write("model.onnx", model.Build().ToBytes()),
            Calibration = _folder.File("x.npy"),
            OutputPath = _folder.File("model.int8.onnx"),
            Overwrite = true,
        };
        return await OnnxQuantizer.QuantizeAsync(with?.Invoke(request) ?? request);
    }

    private static void Told(QuantizationReport report, params string[] parts) => Assert.Contains(
        report.Warnings, warning => parts.All(part => warning.Message.Contains(part, StringComparison.Ordinal)));
}
