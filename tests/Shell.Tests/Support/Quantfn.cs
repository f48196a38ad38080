using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Shell.Tests.Support;

/// <summary>What a run of `quantfn` left: its exit code and what it printed, with or without `--json`.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error, bool WithJson)
{
    /// <summary>The exit code is 0 and nothing is on stderr; gives stdout.</summary>
    internal string Done()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return Out;
    }

    /// <summary>The one JSON document on stdout.</summary>
    internal JsonElement Json() => JsonDocument.Parse(Done()).RootElement;

    /// <summary>The error that stdout is a document of.</summary>
    internal JsonElement Fault()
    {
        var fault = JsonDocument.Parse(Out).RootElement.GetProperty("error");
        Assert.Equal(ExitCode, fault.GetProperty("exitCode").GetInt32());
        return fault;
    }

    /// <summary>
    /// The exit code is 2, stdout is empty or with `--json` the same as a document, and stderr is one message with each of some
    /// words.
    /// </summary>
    internal void IsBadInput(params string[] words)
    {
        if (WithJson)
            Assert.Equal(Error.TrimEnd(), $"quantfn: {Fault().GetProperty("message").GetString()} [{Fault().GetProperty("code").GetString()}]");
        else
            Assert.Equal("", Out);
        Assert.StartsWith("quantfn: ", Error, StringComparison.Ordinal);
        Assert.Single(Error.TrimEnd().Split('\n'));
        foreach (var word in words)
            Assert.Contains(word, Error, StringComparison.Ordinal);
        Assert.Equal(2, ExitCode);
    }
}

/// <summary>Runs `quantfn` as users do: in another process.</summary>
internal static class Quantfn
{
    /// <summary>A file of the sample.</summary>
    internal static string Sample(string name) => Path.Combine(Shared.Repository, "samples", "fashion", name);

    /// <summary>The arguments of a quantization of the sample, with more of them.</summary>
    internal static string[] QuantizeSample(params string[] more) =>
        ["quantize", Sample("fashion.onnx"), "--calibration", Sample("fashion.calibration.npz"), .. more];

    internal static Task<Outcome> RunAsync(params string[] arguments) => Worker.RunAsync(arguments);

    /// <summary>Runs in a process of its own, with more environment variables.</summary>
    internal static async Task<Outcome> RunAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        return await Finish(process);
    }

    /// <summary>Runs in a folder, from which paths start.</summary>
    internal static Task<Outcome> RunInAsync(string folder, params string[] arguments) => Worker.RunAsync(arguments, folder);

    /// <summary>Starts a process of its own, with more environment variables.</summary>
    internal static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Launch("quantfn.dll", environment, toldMore: false, arguments);

    internal static Process Launch(
        string program, IReadOnlyDictionary<string, string> environment, bool toldMore, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = toldMore,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, program));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Remove("COLUMNS"); // the width of whoever runs the tests
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    internal static async Task<Outcome> Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, await output, await error, process.StartInfo.ArgumentList.Contains("--json"));
    }
}
