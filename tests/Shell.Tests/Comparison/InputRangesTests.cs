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
