using QuantFunctional;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Targets;

/// <summary>A target on the command line.</summary>
public sealed class TargetCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_tried_is_told()
    {
        var text = (await Quantfn.RunAsync(Line("--target-sqnr", "40"))).Done();

        Assert.Matches(@"Target     at least 40 dB: met, 4\d\.\d\d dB on 32 samples with \d\d\.\d\d % of the multiply-adds in integers", text);
        Assert.Matches(@"Searched   \d+ networks; ended by itself", text);
        Assert.Contains($"Work       {_folder.File("out.onnx.work")}", text, StringComparison.Ordinal);
        Assert.Matches(@"\n  +100\.00 % +3\d\.\d\d dB +\d+  missed\n", text);
        Assert.Matches(@"  +\d\d\.\d\d % +4\d\.\d\d dB +\d+  this one", text);
        Assert.Contains("left in float to meet the target", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_missed_is_exit_code_1_with_the_best_and_its_report()
    {
        var missed = await Quantfn.RunAsync(Line("--target-sqnr", "200", "--evaluations", "3", "--json"));

        Assert.Equal(1, missed.ExitCode);
        Assert.Contains($"[{Diagnostics.TargetNotMet.Code}]", missed.Error, StringComparison.Ordinal);
        Assert.Contains("the best was written to", missed.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("out.onnx")));
        var target = System.Text.Json.JsonDocument.Parse(missed.Out).RootElement.GetProperty("target");
        Assert.False(target.GetProperty("isMet").GetBoolean());
        Assert.Equal("sqnr", target.GetProperty("kind").GetString());
        Assert.Equal("evaluations", target.GetProperty("endedBy").GetString());
        Assert.Equal(3, target.GetProperty("evaluations").GetArrayLength());
    }

    [Fact]
    public async Task Top_1_may_fall_by_so_many_points_on_labelled_data()
    {
        var met = (await Quantfn.RunAsync(Line("--max-drop", "0.1", "--compare", Quantfn.Sample("fashion.test.npz"), "--json"))).Json();

        var target = met.GetProperty("target");
        Assert.True(target.GetProperty("isMet").GetBoolean());
        Assert.Equal(1000, target.GetProperty("samples").GetInt32());
        var chosen = target.GetProperty("evaluations")[target.GetProperty("chosen").GetInt32()];
        var comparison = met.GetProperty("comparison");
        var fallen = 100 * (comparison.GetProperty("floatTop1").GetDouble() - comparison.GetProperty("quantizedTop1").GetDouble());
        Assert.Equal(fallen, chosen.GetProperty("reached").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task Wrong_lines_are_refused()
    {
        (await Quantfn.RunAsync(Line("--work", "x"))).IsBadInput("--work", "--target-sqnr");
        (await Quantfn.RunAsync(Line("--evaluations", "3"))).IsBadInput("--evaluations", "--max-drop");
        (await Quantfn.RunAsync(Line("--target-sqnr", "30", "--target-agreement", "0.9"))).IsBadInput("--target-sqnr", "--target-agreement");
        (await Quantfn.RunAsync(Line("--target-agreement", "98"))).IsBadInput("--target-agreement", "from 0 to 1");
        (await Quantfn.RunAsync(Line("--target-sqnr", "30", "--evaluations", "0"))).IsBadInput("--evaluations", "at least 1");
        (await Quantfn.RunAsync(Line("--target-sqnr", "30", "--budget", "0"))).IsBadInput("--budget");
        (await Quantfn.RunAsync(Line("--max-drop", "1"))).IsBadInput("--max-drop", "--compare");
        (await Quantfn.RunAsync("quantize", Quantfn.Sample("fashion.onnx"), "--weight-only", "int8", "--target-sqnr", "30")).IsBadInput("--target-sqnr", "--weight-only");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    private string[] Line(params string[] more) => Quantfn.QuantizeSample(["-o", _folder.File("out.onnx"), .. more]);
}
