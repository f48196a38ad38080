using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

public sealed class QuantizeTests
{
    private const string Everywhere =
        "The integers are the same on every processor: x64 with and without VNNI and FMA, ARM64 and WebAssembly.";

    private const string Since = "ONNX Runtime gives these integers from release 1.11 (QGemm) to 1.31.1, the newest that was tried.";

    [Fact]
    public async Task Text_tells_layers_operators_sizes_files_and_the_comparison()
    {
        using var folder = new TemporaryFolder();
        var (model, plan) = (folder.File("out.onnx"), folder.File("plan.json"));

        var text = (await Quantfn.RunAsync(Quantfn.QuantizeSample(
            $"--output={model}", "--plan", plan, "--compare", Quantfn.Sample("fashion.test.npz")))).Done();

        Assert.Equal(10, text.Split('\n').Count(line => line.Contains(" tflite-int8 ", StringComparison.Ordinal)));
        string[] parts =
            ["QLinearConv 9", "Left in float: nothing", "Size ", model, plan, "Top-1 ", "94.30 % float", "logits"];
        Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.EndsWith($"\n{Everywhere}\n{Since}\n", text, StringComparison.Ordinal);
        Assert.True(File.Exists(model));
        Assert.True(File.Exists(plan));
        Assert.True(text.All(char.IsAscii), "nothing but ASCII where the output is not a terminal");
        Assert.All(text.Split('\n').Where(line => !line.Contains(folder.Path, StringComparison.Ordinal)), line =>
        {
            Assert.InRange(line.Length, 0, 120);
            Assert.Equal(line.TrimEnd(), line.TrimEnd('\r'));
        });
    }

    [Fact]
    public async Task Json_has_the_members_of_the_report()
    {
        using var folder = new TemporaryFolder();
        var model = folder.File("out.onnx");

        var report = (await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", model, "--json", "--exclude", "/0/Conv", "--exclude=/16/Gemm", "--precision=sima-int8"))).Json();

        Assert.Equal(
            [
                "outputPath", "planPath", "layers", "weightOnlyLayers", "operators", "leftInFloat", "bytesBefore",
                "bytesAfter", "warnings", "comparison", "widened", "quantizedAlready", "embeddings", "copiedFiles", "joins", "transposed", "layerWarnings", "calibration", "choices", "check",
                "holds", "oldestRelease",
            ],
            Members(report));
        var layers = report.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(8, layers.Count);
        Assert.Equal(
            [
                "name", "operator", "precision", "channels", "shiftMin", "shiftMax", "bitsGivenUp", "stepGrowthMean",
                "stepGrowthMost", "retries", "warnings",
            ],
            Members(layers[0]));
        Assert.Equal("sima-int8", layers[0].GetProperty("precision").GetString());
        var left = report.GetProperty("leftInFloat").EnumerateArray().ToList();
        Assert.Equal(["name", "operator", "reason"], Members(left[0]));
        Assert.Contains("/0/Conv", left.Select(node => node.GetProperty("name").GetString()));
        Assert.Contains("/16/Gemm", left.Select(node => node.GetProperty("name").GetString()));
        var operators = report.GetProperty("operators").EnumerateArray().ToList();
        Assert.Equal(["operator", "count", "kind"], Members(operators[0]));
        Assert.Equal("integer", operators[0].GetProperty("kind").GetString());
        Assert.Equal(new FileInfo(Quantfn.Sample("fashion.onnx")).Length, report.GetProperty("bytesBefore").GetInt64());
        Assert.Equal(new FileInfo(model).Length, report.GetProperty("bytesAfter").GetInt64());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("comparison").ValueKind);
        Assert.StartsWith(
            "The integers are the same on every processor: ", report.GetProperty("holds").GetString(), StringComparison.Ordinal);
        Assert.Contains("`logits` they end before Conv (node /0/Conv)", report.GetProperty("holds").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_VNNI_alone_the_last_line_says_so_and_what_to_do_for_the_others()
    {
        using var folder = new TemporaryFolder();

        var text = (await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", folder.File("out.onnx"), "--profile", "onnxruntime-vnni"))).Done();

        Assert.EndsWith(
            "\nThe integers hold only on x64 with VNNI: neighbouring products of 10 layers saturate on x64 without VNNI, and 2 "
            + "joins give other bytes elsewhere; to have the same on every processor, leave --profile out, or mend the file with "
            + $"quantfn repair.\n{Since}\n",
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_comparison_where_one_was_asked_for()
    {
        using var folder = new TemporaryFolder();

        var report = (await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", folder.File("out.onnx"), "--per-tensor", "--symmetric-activations", "--json",
            "--compare", Quantfn.Sample("fashion.test.npz")))).Json();

        var comparison = report.GetProperty("comparison");
        Assert.Equal(0.943, comparison.GetProperty("floatTop1").GetDouble());
        Assert.InRange(comparison.GetProperty("quantizedTop1").GetDouble(), 0.9, 1);
    }

    [Fact]
    public async Task A_node_in_float_is_told_with_its_reason()
    {
        using var folder = new TemporaryFolder();

        var arguments = Quantfn.QuantizeSample("-o", folder.File("out.onnx"), "--exclude", "/16/Gemm");

        var text = (await Quantfn.RunAsync(arguments)).Done();

        Assert.Contains("Left in float: 1 node", text, StringComparison.Ordinal);
        Assert.Contains("  node /16/Gemm (Gemm): excluded by the user", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_existing_file_needs_force()
    {
        using var folder = new TemporaryFolder();
        var model = folder.Write("out.onnx", [1, 2, 3]);

        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", model))).IsBadInput(model, "--force");
        Assert.Equal([1, 2, 3], File.ReadAllBytes(model));

        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", model, "--force"))).Done();
        Assert.True(new FileInfo(model).Length > 100_000);
    }

    [Theory]
    [InlineData("missing.npz", "missing.npz")]
    [InlineData("fashion.onnx", "fashion.onnx")]
    [InlineData("nan.npy", "sample 1")]
    public async Task Data_that_cannot_be_compared_on_leaves_nothing_behind(string data, string named)
    {
        using var folder = new TemporaryFolder();
        using var results = new TemporaryFolder();
        File.Copy(Quantfn.Sample("fashion.onnx"), folder.File("fashion.onnx"));
        var images = new float[2 * 28 * 28];
        images[^1] = float.NaN;
        folder.Write("nan.npy", Npy.Of(images, 2, 1, 28, 28));

        var outcome = await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", results.File("out.onnx"), "--plan", results.File("plan.json"), "--json",
            "--compare", folder.File(data)));

        outcome.IsBadInput(named);
        Assert.Empty(Directory.EnumerateFileSystemEntries(results.Path));
    }

    private static IEnumerable<string> Members(JsonElement element) =>
        element.EnumerateObject().Select(member => member.Name);
}
