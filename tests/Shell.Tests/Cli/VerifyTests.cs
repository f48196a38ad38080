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

        Assert.Matches(@"\n  conv1 +12 +yes +\d+\.\d{3} +0 +3\n  fc1 +12 +yes +\d+\.\d{3} +0 +3\n", text);
        Assert.True(json.GetProperty("passed").GetBoolean());
        Assert.Equal("fc1", Assert.Single(json.GetProperty("layers").EnumerateArray()).GetProperty("name").GetString());
        var written = JsonDocument.Parse(await File.ReadAllTextAsync(output)).RootElement;
        Assert.Equal("quantfunctional-certificate", written.GetProperty("format").GetString());
        Assert.Equal(1, written.GetProperty("version").GetInt32());
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
        Assert.Matches(@"\n  conv1 +12 +yes .*\n  fc1 +12 +no +unbounded +\d+ +1\n", outcome.Out);
        Assert.Matches(
            @"\nfc1: channel 3: product and bias reaches .* 32 bits do not hold\. "
                + @"Reached with \d+ inputs? of 127 and \d+ inputs? of -128\.\n",
            outcome.Out);
        Assert.Equal($"quantfn: {plan}: 1 layer did not pass, the first of them: fc1.", outcome.Error.TrimEnd());
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
    public async Task Weights_that_overflow_in_16_bits_are_noticed_and_refused_where_the_processor_adds_pairs()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1");

        var text = (await Quantfn.RunAsync("verify", plan)).Done();
        var outcome = await Quantfn.RunAsync("verify", plan, "--profile", "onnxruntime-x86-no-vnni", "--json");

        Assert.Matches(@"\nconv1: notice: channel \d+: the weights .* which 16 bits cut to -?327\d\d on x86", text);
        Assert.Matches(@"\nconv1: notice: channel \d+: some input gives -?\d+, cut to -?12[78]", text);
        Assert.Equal(1, outcome.ExitCode);
        var json = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.Equal("onnxruntime-x86-no-vnni", json.GetProperty("profile").GetString());
        Assert.False(json.GetProperty("passed").GetBoolean());
        Assert.All(json.GetProperty("layers")[0].GetProperty("violations").EnumerateArray(), violation =>
        {
            Assert.Equal("pair-overflow", violation.GetProperty("kind").GetString());
            Assert.True(Math.Abs(violation.GetProperty("value").GetInt64()) > Math.Abs(violation.GetProperty("limit").GetInt64()));
            Assert.Equal(2, violation.GetProperty("witness").EnumerateArray().Count(input => input.GetInt32() == 127));
        });
        var planned = PlantedPlan.Plan(Precision.TfliteInt8).Request.Profile.Name;
        (await Quantfn.RunAsync("verify", plan, "--profile", planned)).Done();
    }

    [Theory]
    [InlineData("--profile tflite-single-rounding", "layer conv1", "plan it again", "onnxruntime-x86-no-vnni")]
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
