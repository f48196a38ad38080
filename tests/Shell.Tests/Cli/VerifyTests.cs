using System.Text.Json;
using System.Text.Json.Nodes;
using QuantFunctional;
using QuantFunctional.Documents;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn verify` finds what a plan's integers break, and says of all others that they hold.</summary>
public sealed class VerifyTests
{
    private const int NearTheEnd = int.MaxValue - 1;

    [Fact]
    public async Task A_plan_that_holds_passes()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");
        var output = folder.File("certificate.json");

        var text = (await Quantfn.RunAsync("verify", plan, "-o", output)).Done();
        var json = (await Quantfn.RunAsync("verify", plan, "--json", "--layer", "fc1")).Json();

        Assert.Matches(@"\n  conv1 +12 +yes +\d+\.\d{3} +0 +2\n  fc1 +12 +yes +\d+\.\d{3} +0 +2\n", text);
        Assert.True(json.GetProperty("passed").GetBoolean());
        Assert.Equal("fc1", Assert.Single(json.GetProperty("layers").EnumerateArray()).GetProperty("name").GetString());
        var written = JsonDocument.Parse(await File.ReadAllTextAsync(output)).RootElement;
        Assert.Equal("quantfunctional-certificate", written.GetProperty("format").GetString());
        Assert.Equal(2, written.GetProperty("version").GetInt32());
        Assert.Equal(2, written.GetProperty("layers").GetArrayLength());
    }

    [Fact]
    public async Task A_bias_that_overflows_with_the_product_is_found_with_its_input()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");
        var output = folder.File("certificate.json");
        var document = JsonNode.Parse(await File.ReadAllTextAsync(plan))!;
        document["layers"]![1]!["integers"]!["bias"]![3] = NearTheEnd;
        await File.WriteAllTextAsync(plan, document.ToJsonString());

        var outcome = await Quantfn.RunAsync("verify", plan, "-o", output);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches(@"\n  conv1 +12 +yes .*\n  fc1 +12 +no +unbounded +\d+ +0\n", outcome.Out);
        Assert.Matches(
            @"\nfc1: channel 3: product and bias reaches .* 32 bits do not hold\. "
                + @"Reached with \d+ inputs? of 127 and \d+ inputs? of -128\. \[QF0712\]\n",
            outcome.Out);
        Assert.StartsWith(
            $"quantfn: {plan}: 1 layer did not pass, the first of them: fc1. Plan it again", outcome.Error, StringComparison.Ordinal);
        Assert.EndsWith(" [QF0707]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
        var layer = JsonDocument.Parse(await File.ReadAllTextAsync(output)).RootElement.GetProperty("layers")[1];
        Assert.False(layer.GetProperty("passed").GetBoolean());
        var violation = layer.GetProperty("violations")[0];
        Assert.Equal("overflow", violation.GetProperty("kind").GetString());
        Assert.Equal(int.MaxValue, violation.GetProperty("limit").GetInt64());
        Assert.Equal(16, violation.GetProperty("witness").GetArrayLength());

        var other = await Quantfn.RunAsync("verify", plan, "--layer", "conv1");
        Assert.Equal(0, other.ExitCode);
    }

    [Fact]
    public async Task Neighbours_that_overflow_in_16_bits_are_refused_where_the_profile_has_a_processor_that_adds_pairs()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, PlantedPlan.Plan(Precision.TfliteInt8, Profiles.OnnxRuntimeVnni), "conv1");
        var certificate = folder.File("certificate.json");

        var planned = (await Quantfn.RunAsync("verify", plan)).Done();
        var text = await Quantfn.RunAsync("verify", plan, "--profile", "onnxruntime", "-o", certificate);
        var outcome = await Quantfn.RunAsync("verify", plan, "--profile", "onnxruntime-x64-avx2", "--json");

        Assert.Matches(@"\nconv1: notice: channel \d+: some input gives -?\d+, cut to -?12[78]", planned);
        Assert.Equal((1, 1), (text.ExitCode, outcome.ExitCode));
        Assert.Matches(
            @"\nconv1: channel \d+: the neighbours -?\d+ \(row \d+\) and -?\d+ \(row \d+\) times 255 make -?\d+, "
            + @"which 16 bits cut to -?327\d\d on x64 without VNNI; 'quantfn repair'", text.Out);
        var json = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.False(json.GetProperty("passed").GetBoolean());
        var layer = json.GetProperty("layers")[0];
        Assert.Equal("onnxruntime-x64-avx2", layer.GetProperty("profile").GetString());
        Assert.Equal("pairs-16", layer.GetProperty("products").GetString());
        Assert.All(layer.GetProperty("violations").EnumerateArray(), violation =>
        {
            Assert.Equal("pair-overflow", violation.GetProperty("kind").GetString());
            Assert.True(Math.Abs(violation.GetProperty("value").GetInt64()) > Math.Abs(violation.GetProperty("limit").GetInt64()));
            Assert.Equal(2, violation.GetProperty("witness").EnumerateArray().Count(input => input.GetInt32() == 127));
        });

        // what it was proven for stands in the certificate
        (await Quantfn.RunAsync("verify", plan, "--against", certificate)).Done();
    }

    [Fact]
    public async Task The_profile_that_is_no_longer_there_names_its_successors() =>
        (await Quantfn.RunAsync("verify", "plan.json", "--profile", "onnxruntime-x86-no-vnni"))
            .IsBadInput("--profile", "onnxruntime ", "onnxruntime-x64-avx2");

    [Theory]
    [InlineData("--profile tflite-single-rounding", "layer conv1", "plan it again for 'tflite-single-rounding'")]
    [InlineData("--profile sima", "'sima' is neither a file nor one of", "tflite")]
    [InlineData("--layer conv3", "'conv3'", "nearest of its 2 layers: conv1")]
    [InlineData("--force", "--force", "-o")]
    public async Task A_question_that_cannot_be_answered_is_refused(string options, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");

        (await Quantfn.RunAsync(["verify", plan, .. options.Split(' ')])).IsBadInput(words);
    }

    [Fact]
    public async Task Files_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1");
        var output = folder.File("certificate.json");
        await File.WriteAllTextAsync(output, "mine");

        (await Quantfn.RunAsync("verify", "model.onnx")).IsBadInput("model.onnx", "does not exist");
        (await Quantfn.RunAsync("verify", folder.File("missing.json"))).IsBadInput("missing.json");
        (await Quantfn.RunAsync("verify", plan, "-o", plan, "--force")).IsBadInput("inputs are not modified");
        (await Quantfn.RunAsync("verify", plan, "-o", output)).IsBadInput("certificate.json", "--force");
        Assert.Equal("mine", await File.ReadAllTextAsync(output));
        (await Quantfn.RunAsync("verify", plan, "-o", output, "--force")).Done();
        Assert.StartsWith("{", await File.ReadAllTextAsync(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_alone_are_named_as_nothing_to_verify()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        var weights = WeightOnlyPlanner.Plan(
            new WeightOnlySpec { Layout = WeightLayout.OI, Shape = [2, 2], Weights = new float[] { 1, 2, 3, 4 } },
            new WeightOnlyOptions());
        PlanFile.Write(path, new PlanDocument
        {
            Layers = [new NamedPlan("fc1", "Gemm", PlantedPlan.Plan(Precision.TfliteInt8))],
            WeightOnlyLayers = [new NamedWeightOnlyPlan("fc2", "Gemm", weights)],
        });

        var text = (await Quantfn.RunAsync("verify", path)).Done();

        Assert.Contains("\nfc2: nothing to verify", text, StringComparison.Ordinal);
        (await Quantfn.RunAsync("verify", path, "--layer", "fc2")).IsBadInput("nothing to verify in fc2");
    }
}
