using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>With `--json` an error is a document too.</summary>
public sealed class ErrorDocumentTests
{
    [Theory]
    [InlineData("inspect missing.onnx --json", "badInput", 2)]
    [InlineData("quantize m --json", "usage", 2)]
    [InlineData("quantize m --calibration d --jsn --json", "usage", 2)]
    [InlineData("quantise m --json", "usage", 2)]
    [InlineData("compare m n --data d --json", "badInput", 2)]
    [InlineData("verify missing.json --json", "badInput", 2)]
    public async Task An_error_is_one_document_on_stdout_and_one_line_on_stderr(string line, string kind, int exitCode)
    {
        var outcome = await Quantfn.RunAsync(line.Split(' '));

        var fault = outcome.Fault();
        Assert.Equal(
            ["code", "kind", "message", "file", "node", "remedy", "exitCode"],
            fault.EnumerateObject().Select(member => member.Name));
        Assert.Equal(kind, fault.GetProperty("kind").GetString());
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Equal(
            $"quantfn: {fault.GetProperty("message").GetString()} [{fault.GetProperty("code").GetString()}]\n",
            outcome.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Work_that_fails_is_told_likewise()
    {
        using var folder = new TemporaryFolder();

        var outcome = await Quantfn.RunAsync(Quantfn.QuantizeSample(
            "-o", folder.File("out.onnx"), "--require-sqnr", "90", "--json"));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("failed", outcome.Fault().GetProperty("kind").GetString());
        Assert.Contains("below the required 90.0 dB", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_did_not_pass_stays_the_only_document()
    {
        using var folder = new TemporaryFolder();
        var model = folder.File("out.onnx");
        Assert.Equal(0, (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", model, "--profile", "onnxruntime-vnni"))).ExitCode);

        var outcome = await Quantfn.RunAsync("verify", model, "--json");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("quantfunctional-certificate", JsonDocument.Parse(outcome.Out).RootElement.GetProperty("format").GetString());
    }
}
