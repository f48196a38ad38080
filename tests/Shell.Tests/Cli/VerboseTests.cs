using System.Diagnostics;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`--verbose`: what is being done, on stderr.</summary>
public sealed class VerboseTests
{
    [Fact]
    public async Task The_first_line_says_what_is_read_and_each_stage_has_one()
    {
        using var folder = new TemporaryFolder();

        var outcome = await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", folder.File("out.onnx"), "--verbose"));
        var quiet = await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", folder.File("out.onnx"), "--force"));

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(quiet.Done(), outcome.Out);
        var lines = outcome.Error.TrimEnd().Split('\n');
        Assert.StartsWith($"quantfn: reading {Quantfn.Sample("fashion.onnx")} (494,486 bytes), ", lines[0], StringComparison.Ordinal);
        Assert.Contains("fashion.calibration.npz (", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^quantfn: version \d+\.\d+\.\d+, \.NET ", lines[1]);
        Assert.Contains(lines, line => line.Contains(": 256 done in ", StringComparison.Ordinal));
        Assert.Matches(@"^quantfn: done after \d+\.\d\d s", lines[^1]);
    }

    // the first line stands before any work; what comes before it is the start of the program, which any verb has
    [Fact]
    public async Task The_first_line_comes_as_soon_as_the_program_is_there()
    {
        using var folder = new TemporaryFolder();
        var itself = new Dictionary<string, string>();
        await Quantfn.RunAsync(itself, "--version");
        var start = Stopwatch.StartNew();
        await Quantfn.RunAsync(itself, "inspect", folder.File("missing.onnx"));
        var ofProgram = start.Elapsed;

        start.Restart();
        using var process = Quantfn.Start(
            itself, Quantfn.QuantizeSample("-o", folder.File("out.onnx"), "--verbose"));
        var line = await process.StandardError.ReadLineAsync();
        var first = start.Elapsed;
        await process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.StartsWith("quantfn: reading ", line, StringComparison.Ordinal);
        Assert.True(first < start.Elapsed / 2 || first < ofProgram + TimeSpan.FromSeconds(0.3), $"{first} of {start.Elapsed}, {ofProgram} for nothing");
    }

    [Theory]
    [InlineData("inspect", "fashion.onnx")]
    [InlineData("compare", "fashion.onnx", "fashion.onnx", "--data", "fashion.test.npz")]
    public async Task Other_verbs_say_what_they_read_too(string verb, params string[] files)
    {
        var arguments = files.Select(file => file.StartsWith('-') ? file : Quantfn.Sample(file));

        var outcome = await Quantfn.RunAsync([verb, .. arguments, "--verbose"]);

        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith($"quantfn: reading {Quantfn.Sample("fashion.onnx")} (", outcome.Error, StringComparison.Ordinal);
    }
}
