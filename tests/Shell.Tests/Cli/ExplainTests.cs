using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn explain`: what a user reads of a plan.</summary>
public sealed class ExplainTests
{
    private const string Overflow =
        "channel 5: product, bias or their sum would reach";

    [Fact]
    public async Task A_planted_overflow_is_told_with_channel_limit_missing_bits_and_what_was_given_up()
    {
        using var folder = new TemporaryFolder();

        var text = Joined((await Quantfn.RunAsync("explain", PlantedPlan.Write(folder, "fc1"))).Done());

        Assert.StartsWith("Layer fc1 (Gemm)", text, StringComparison.Ordinal);
        Assert.Contains(Overflow, text, StringComparison.Ordinal);
        Assert.Contains("above the accumulator's limit of 2147483647: 3 bits missing.", text, StringComparison.Ordinal);
        Assert.Contains(
            "Given up: 3 bits of the weights of channel 5, so that 5 of 8 are left.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_is_told_on_its_own()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "fc1");

        var five = Joined((await Quantfn.RunAsync("explain", plan, "--layer", "fc1", "--channel", "5")).Done());
        var four = Joined((await Quantfn.RunAsync("explain", plan, "--channel=4")).Done());

        Assert.StartsWith("Layer fc1 (Gemm), channel 5 of 12", five, StringComparison.Ordinal);
        Assert.Contains(Overflow, five, StringComparison.Ordinal);
        Assert.Contains("Largest integer weight of the channel: 16 of 127", five, StringComparison.Ordinal);
        Assert.StartsWith("Layer fc1 (Gemm), channel 4 of 12", four, StringComparison.Ordinal);
        Assert.DoesNotContain(Overflow, four, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_layers_are_a_table_that_says_how_to_ask_for_one()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "fc1");

        var text = (await Quantfn.RunAsync("explain", plan)).Done();

        Assert.Matches(@"\n  conv1 +Gemm +tflite-int8 +\d+\.\.\d+ +0\.00 +3 +\d\.\d\d +5\.01 +0 +1 +0 +1\n", text);
        Assert.Matches(@"\n  fc1 +Gemm ", text);
        Assert.Contains($"quantfn explain {plan} --layer NAME", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_facts_of_the_layer_or_of_one_channel()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "fc1");

        var layer = (await Quantfn.RunAsync("explain", plan, "--json")).Json();
        var channel = (await Quantfn.RunAsync("explain", plan, "--json", "--channel", "5")).Json();

        Assert.Equal("fc1", layer.GetProperty("name").GetString());
        Assert.Equal(PlantedPlan.Channels, layer.GetProperty("channels").GetArrayLength());
        var attempt = layer.GetProperty("attempts")[0];
        Assert.Equal(5, attempt.GetProperty("overflows")[0].GetProperty("channel").GetInt32());
        Assert.Equal(3, attempt.GetProperty("overflows")[0].GetProperty("bitsMissing").GetInt32());
        Assert.Equal(2147483647.0, attempt.GetProperty("overflows")[0].GetProperty("limit").GetDouble());
        Assert.Equal(3, attempt.GetProperty("givenUp")[0].GetProperty("bitsGivenUpAfter").GetInt32());
        Assert.Equal(5, Assert.Single(channel.GetProperty("channels").EnumerateArray()).GetProperty("channel").GetInt32());
        Assert.Equal(4, channel.GetProperty("headRoom").GetArrayLength());
    }

    [Fact]
    public async Task Json_of_several_layers_has_a_row_for_each()
    {
        using var folder = new TemporaryFolder();

        var document = (await Quantfn.RunAsync("explain", PlantedPlan.Write(folder, "a", "b"), "--json")).Json();

        Assert.Equal(
            ["a", "b"],
            document.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Markdown_has_headings_and_tables()
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "body_0/fc1", "fc2");

        var layer = (await Quantfn.RunAsync("explain", plan, "--layer", "body_0/fc1", "--markdown")).Done();
        var several = (await Quantfn.RunAsync("explain", plan, "--markdown")).Done();

        Assert.StartsWith("# Layer body\\_0/fc1 (Gemm)\n", layer, StringComparison.Ordinal);
        Assert.Contains("\n## Attempts: 2\n", layer, StringComparison.Ordinal);
        Assert.Contains("\n| What | Channel | Lowest |", layer, StringComparison.Ordinal);
        Assert.StartsWith("| Layer | Operator |", several, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--layer conv3", "--layer", "'conv3'", "nearest of its 3 layers: conv1, conv2, fc1")]
    [InlineData("--layer fc", "--layer", "'fc'", "fc1")]
    [InlineData("--layer fc1 --channel 12", "--channel", "fc1", "0 to 11", "12")]
    [InlineData("--layer fc1 --channel -1", "--channel", "0 to 11", "-1")]
    [InlineData("--channel 3", "--channel", "3 layers", "--layer")]
    [InlineData("--json --markdown", "--json", "--markdown")]
    [InlineData("--channel five", "--channel", "Try 'quantfn explain --help'")]
    public async Task A_question_that_cannot_be_answered_is_refused(string options, params string[] words)
    {
        using var folder = new TemporaryFolder();
        var plan = PlantedPlan.Write(folder, "conv1", "conv2", "fc1");

        (await Quantfn.RunAsync(["explain", plan, .. options.Split(' ')])).IsBadInput(words);
    }

    [Theory]
    [InlineData("{\"format\": \"quantfunctional-plan\", ")]
    [InlineData("{\"format\": \"something-else\"}")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_file_that_is_no_plan_is_refused(string content)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("plan.json");
        await File.WriteAllTextAsync(path, content);

        (await Quantfn.RunAsync("explain", path)).IsBadInput("plan.json");
        (await Quantfn.RunAsync("explain", folder.File("missing.json"))).IsBadInput("missing.json");
    }

    /// <summary>The text without its line breaks and indents.</summary>
    private static string Joined(string text) =>
        string.Join(' ', text.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}
