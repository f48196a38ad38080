using System.Diagnostics;
using QuantFunctional.Cli;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn completion`: scripts for shells, made of the options themselves.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("pwsh")]
    public async Task Every_verb_option_and_name_is_in_the_script(string shell)
    {
        var script = (await Quantfn.RunAsync("completion", shell)).Done();

        foreach (var verb in Verbs.all())
        {
            Assert.Contains(verb.Name, script, StringComparison.Ordinal);
            foreach (var option in verb.Options)
                Assert.All(option.Names, name => Assert.Contains(name, script, StringComparison.Ordinal));
        }

        foreach (var name in NamedValues.ofOption("quantize", "--precision").Concat(NamedValues.profiles()))
            Assert.Contains(name, script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quantfn q", "quantize")]
    [InlineData("quantfn ver", "verify")]
    [InlineData("quantfn --v", "--version")]
    [InlineData("quantfn quantize m.onnx --cal", "--calibration")]
    [InlineData("quantfn quantize m.onnx --exclude", "--exclude --exclude-type")]
    [InlineData("quantfn quantize m.onnx --precision sima", "sima-int8 sima-int16 sima-int32")]
    [InlineData("quantfn quantize m.onnx --precision = sima", "sima-int8 sima-int16 sima-int32")]
    [InlineData("quantfn plan --precision sima-int3", "sima-int32")]
    [InlineData("quantfn verify p --profile tflite-s", "tflite-single-rounding tflite-single-rounding-int32-accumulator")]
    [InlineData("quantfn quantize m.onnx --calibration im", "")]
    [InlineData("quantfn profiles onnxruntime-w", "onnxruntime-wasm")]
    [InlineData("quantfn help comp", "compare completion")]
    [InlineData("quantfn completion z", "zsh")]
    [InlineData("quantfn quantize mod", "")]
    public async Task Bash_completes_what_has_been_typed(string line, string expected)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return; // there is no bash
        using var folder = new TemporaryFolder();
        var script = folder.File("completion.bash");
        await File.WriteAllTextAsync(script, BashCompletion.script());

        Assert.Equal("", await Bash("-n", script));
        var words = line.Split(' ');
        var typed = string.Join(' ', words.Select(word => $"'{word}'"));
        var completed = await Bash(
            "-c",
            $"source '{script}'; complete -p quantfn > /dev/null || exit 1; COMP_WORDS=({typed}); COMP_CWORD={words.Length - 1}; "
            + "_quantfn; echo \"${COMPREPLY[@]}\"");

        Assert.Equal(expected, completed.TrimEnd());
    }

    private static async Task<string> Bash(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var bash = Process.Start(start)!;
        var (output, error) = (await bash.StandardOutput.ReadToEndAsync(), await bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();
        Assert.Equal((0, ""), (bash.ExitCode, error));
        return output;
    }
}
