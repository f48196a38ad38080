using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Comparison;

/// <summary>Pixels that are scaled otherwise than the calibration samples were.</summary>
public class InputRangesTests
{
    [Fact]
    public async Task Pixels_up_to_255_leave_the_range_of_a_model_for_pixels_up_to_1()
    {
        var compared = await Compared(calibrated: 1f / 255, fed: 1);

        var warning = Assert.Single(compared.Warnings);
        Assert.Equal(("QF0908", "input"), (warning.Code, warning.Node));
        Assert.Matches("input `input` is held from 0 to 1, .* from 0 to 255: [3-9][0-9]\\.[0-9] % of the values lie outside", warning.Message);
    }

    [Fact]
    public async Task Pixels_up_to_1_fill_two_steps_of_a_model_for_pixels_up_to_255()
    {
        var compared = await Compared(calibrated: 1, fed: 1f / 255);

        var warning = Assert.Single(compared.Warnings);
        Assert.Equal(("QF0909", "input"), (warning.Code, warning.Node));
        Assert.Contains("from 0 to 1, within 1 of 256 steps", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pixels_as_in_the_calibration_are_not_warned_of() =>
        Assert.Empty((await Compared(calibrated: 1, fed: 1)).Warnings);

    [Theory]
    [InlineData(-10000, "")]
    [InlineData(-700, "QF0908")]
    public async Task A_mask_that_quantize_cuts_is_no_other_scale(int hidden, string codes)
    {
        var model = new ModelBuilder().Input("x", -1, 4, 8).Input("mask", -1, 1, 4).Random("w", 8, 8).Node("MatMul", ["x", "w"], "q")
            .Node("Transpose", ["x"], "t", "perm=0,2,1").Node("MatMul", ["q", "t"], "scores").Node("Add", ["scores", "mask"], "m")
            .Node("Softmax", ["m"], "y").Output("y", -1, 4, 4).Build().ToBytes();
        var samples = SampleData.From(Enumerable.Range(0, 16).Select(i => new Sample
        {
            { "x", Array.ConvertAll(Enumerable.Range(i, 32).ToArray(), n => MathF.Round((n * 37 % 64) - 32) / 32), 4, 8 },
            { "mask", [0f, 0, hidden, i % 2 * hidden], 1, 4 },
        }));
        var quantized = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest { Model = model, Calibration = samples, Check = false });

        var compared = await ModelComparer.CompareAsync(model, quantized.QuantizedModel, samples);

        Assert.Equal(codes, string.Join(' ', compared.Warnings.Select(warning => warning.Code)));
    }

    private static async Task<ComparisonReport> Compared(float calibrated, float fed)
    {
        var model = File.ReadAllBytes(Quantfn.Sample("fashion.onnx"));
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = model,
            Calibration = SampleData.From(Samples(calibrated)),
            Check = false,
        });
        return await ModelComparer.CompareAsync(model, report.QuantizedModel, SampleData.From(Samples(fed)));
    }

    private static IEnumerable<Sample> Samples(float factor)
    {
        using var reader = ArrayFile.Open(Quantfn.Sample("fashion.calibration.npz")).OpenArray("input");
        var pixels = new float[784];
        for (var i = 0; i < 32 && reader.TryRead<float>(pixels); i++)
            yield return new Sample { { "input", Array.ConvertAll(pixels, pixel => pixel * factor), 1, 28, 28 } };
    }
}
