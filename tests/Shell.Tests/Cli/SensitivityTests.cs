using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

public sealed class SensitivityTests
{
    private static string[] Line(params string[] more) =>
        ["sensitivity", Quantfn.Sample("fashion.onnx"), "--data", Quantfn.Sample("fashion.calibration.npz"), .. more];

    [Fact]
    public async Task Text_has_the_worst_first_and_the_whole()
    {
        var text = (await Quantfn.RunAsync(Line())).Done();

        var lines = text.Split('\n');
        Assert.Matches(@"^  logits +activations +Gemm +4\d\.\d\d +\d\d\.\d\d %$", lines[2]);
        Assert.Contains("... and 5 roundings that cost less; --all lists them", text, StringComparison.Ordinal);
        Assert.Matches(@"Everything 3\d\.\d\d dB; all activations \d+\.\d\d dB, all weights \d+\.\d\d dB", text);
        Assert.Contains("on 32 held-back samples, each rounding alone", text, StringComparison.Ordinal);
        Assert.True(text.All(char.IsAscii));
        var all = (await Quantfn.RunAsync(Line("--all"))).Done();
        Assert.Equal(25, all.Split('\n').Count(line => line.EndsWith(" %", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Json_is_the_budget_and_options_of_plans_count()
    {
        var budget = (await Quantfn.RunAsync(Line("--json"))).Json();
        var without = (await Quantfn.RunAsync(Line("--json", "--exclude", "/16/Gemm", "--per-tensor", "--ranges=minmax"))).Json();

        Assert.Equal(["samples", "heldBack", "whole", "activations", "weights", "worstFirst", "warnings"], budget.EnumerateObject().Select(member => member.Name));
        var first = budget.GetProperty("worstFirst")[0];
        Assert.Equal(["name", "kind", "made", "tensors", "loss"], first.EnumerateObject().Select(member => member.Name));
        Assert.Equal("activations", first.GetProperty("kind").GetString());
        Assert.Equal(JsonValueKind.Number, first.GetProperty("loss").GetProperty("outputs")[0].GetProperty("squaredError").ValueKind);
        var names = without.GetProperty("worstFirst").EnumerateArray().Select(one => one.GetProperty("name").GetString()).ToList();
        Assert.DoesNotContain("/16/Gemm", names);
        Assert.DoesNotContain("logits", names);
        Assert.NotEqual(budget.GetProperty("whole").GetRawText(), without.GetProperty("whole").GetRawText());
    }

    [Fact]
    public async Task Wrong_lines_are_refused()
    {
        (await Quantfn.RunAsync("sensitivity", Quantfn.Sample("fashion.onnx"))).IsBadInput("--data");
        (await Quantfn.RunAsync(Line("--ranges", "narrow"))).IsBadInput("--ranges", "narrow");
        (await Quantfn.RunAsync(Line("--report", "x.html"))).IsBadInput("--report");
    }
}
