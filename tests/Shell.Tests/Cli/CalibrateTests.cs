using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

public sealed class CalibrateTests : IDisposable
{
    private static readonly string Model = Quantfn.Sample("fashion.onnx");
    private static readonly string Data = Quantfn.Sample("fashion.calibration.npz");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Statistics_of_shards_quantize_as_the_samples_do()
    {
        foreach (var shard in new[] { "1/2", "2/2" })
        {
            var told = (await Quantfn.RunAsync(
                "calibrate", Model, "--data", Data, "--shard", shard, "-o", _folder.File($"s{shard[0]}.json"))).Done();
            Assert.Contains($"on 128 samples, shard {shard} of 256", told);
        }

        var alone = _folder.File("alone.onnx");
        (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", alone))).Done();
        var with = _folder.File("with.onnx");
        var report = (await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", with, "--statistics", _folder.File("s2.json"), _folder.File("s1.json")))).Done();

        Assert.Contains("Calibrated on the statistics of 256 samples", report);
        Assert.Equal(File.ReadAllBytes(alone), File.ReadAllBytes(with));
    }

    [Fact]
    public async Task Json_tells_what_was_observed_and_a_file_is_not_replaced_unasked()
    {
        string[] line = ["calibrate", Model, "--data", Data, "-o", _folder.File("s.json"), "--json"];
        var summary = (await Quantfn.RunAsync(line)).Json();

        Assert.Equal(256, summary.GetProperty("sampleCount").GetInt32());
        Assert.True(summary.GetProperty("isComplete").GetBoolean());
        Assert.Equal(_folder.File("s.json"), summary.GetProperty("name").GetString());
        Assert.Matches("^[0-9a-f]{64}$", summary.GetProperty("dataSha256").GetString());
        (await Quantfn.RunAsync(line)).IsBadInput("s.json", "--force", "QF0120");
        Assert.Equal(0, (await Quantfn.RunAsync([.. line, "--force"])).ExitCode);

        var alone = await Quantfn.RunAsync("quantize", Model, "--statistics", _folder.File("s.json"), "-o", _folder.File("q.onnx"));
        Assert.Equal(0, alone.ExitCode);
        Assert.Contains("made of statistics alone", alone.Error);
    }

    [Theory]
    [InlineData("0/2")]
    [InlineData("3/2")]
    [InlineData("2")]
    [InlineData("a/b")]
    [InlineData("1/-2")]
    public async Task A_part_that_there_is_not_is_refused(string shard) =>
        (await Quantfn.RunAsync("calibrate", Model, "--data", Data, $"--shard={shard}", "-o", _folder.File("s.json")))
            .IsBadInput("--shard", "K/N", "QF0601");

    [Fact]
    public async Task A_shard_given_twice_and_one_that_is_missing_are_refused()
    {
        (await Quantfn.RunAsync("calibrate", Model, "--data", Data, "--shard", "2/3", "-o", _folder.File("s.json"))).Done();

        (await Quantfn.RunAsync("quantize", Model, "-o", _folder.File("q.onnx"), "--statistics", _folder.File("s.json"), _folder.File("s.json"))).IsBadInput("2/3", "QF0233");
        (await Quantfn.RunAsync("quantize", Model, "-o", _folder.File("q.onnx"), "--statistics", _folder.File("s.json"))).IsBadInput("1/3, 3/3", "QF0234");
        (await Quantfn.RunAsync("quantize", Model, "-o", _folder.File("q.onnx"))).IsBadInput("--calibration", "--statistics");
    }
}
