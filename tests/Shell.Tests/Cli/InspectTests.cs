using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

public sealed class InspectTests
{
    [Fact]
    public async Task Text_tells_inputs_outputs_layers_and_what_stays_in_float()
    {
        var text = (await Quantfn.RunAsync("inspect", Quantfn.Sample("fashion.onnx"))).Done();

        string[] parts =
        [
            "opset 13", "batch x 1 x 28 x 28", "logits", "BatchNormalization 9", "10 layers", "64 x 64 x 3 x 3",
            "float: nothing", "9 layers of 10 are dense",
        ];
        Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quantized_model_is_shown_as_ONNX_Runtime_runs_it()
    {
        using var folder = new TemporaryFolder();
        var quantized = folder.File("q.onnx");
        (await Quantfn.RunAsync(
            "quantize", Quantfn.Sample("fashion.onnx"), "--calibration", Quantfn.Sample("fashion.calibration.npz"),
            "-o", quantized)).Done();

        var text = (await Quantfn.RunAsync("inspect", quantized)).Done();

        Assert.Contains("Quantized already", text, StringComparison.Ordinal);
        Assert.Contains("QLinearConv 9", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "ONNX Runtime gives these integers from release 1.11 (QGemm) to 1.31.1, the newest that was tried.",
            text.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("Would be", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_members_of_the_inspection()
    {
        var inspection = (await Quantfn.RunAsync("inspect", "--json", Quantfn.Sample("fashion.onnx"))).Json();

        Assert.Equal(
            [
                "modelPath", "opset", "bytes", "inputs", "outputs", "operatorsInFile", "isQuantized",
                "operators", "layers", "leftInFloat", "oldestRelease", "inBrowsers",
            ],
            inspection.EnumerateObject().Select(member => member.Name));
        Assert.Equal(10, inspection.GetProperty("layers").GetArrayLength());
        Assert.Equal("batch", inspection.GetProperty("inputs")[0].GetProperty("dims")[0].GetString());
    }
}
