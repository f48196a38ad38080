using Argu;
using QuantFunctional.Cli;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>Help is data: every argument has a sentence with its default and an example.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("quantize", "<model>", "--calibration", "--statistics", "--recipe", "--skip-sample", "--batch-axis", "--dim",
        "--image-size", "--image-scale", "--image-mean", "--image-std", "--image-order", "--image-layout", "--image-resize",
        "--image-preset", "--save-pixels", "--output", "--force", "--external-data", "--for", "--precision", "--profile", "--preset", "--ranges",
        "--round-each-operator", "--per-tensor", "--symmetric-activations", "--weight-only", "--group", "--zero-points", "--keep-8-bit", "--embedding", "--exclude", "--exclude-type", "--keep-transposed", "--plan", "--save-recipe", "--report", "--compare",
        "--no-check", "--require-sqnr", "--require-agreement", "--target-sqnr", "--target-agreement", "--max-drop", "--evaluations", "--budget", "--work",
        "--config", "--all", "--verbose", "--json")]
    [InlineData("calibrate", "<model>", "--data", "--shard", "--output", "--force", "--skip-sample", "--batch-axis", "--dim",
        "--image-size", "--image-scale", "--image-mean", "--image-std", "--image-order", "--image-layout", "--image-resize",
        "--image-preset", "--symmetric-activations", "--exclude", "--exclude-type", "--keep-transposed", "--config", "--verbose", "--json")]
    [InlineData("compare", "<float", "--data", "--tokens", "--labels", "--batch-axis", "--dim", "--image-size", "--image-scale",
        "--image-mean", "--image-std", "--image-order", "--image-layout", "--image-resize", "--image-preset", "--save-pixels", "--engine", "--profile", "--processors", "--time", "--config",
        "--verbose", "--json")]
    [InlineData("sensitivity", "<model>", "--data", "--skip-sample", "--batch-axis", "--dim", "--image-size", "--image-scale",
        "--image-mean", "--image-std", "--image-order", "--image-layout", "--image-resize", "--image-preset", "--for", "--precision", "--profile",
        "--ranges", "--per-tensor", "--symmetric-activations", "--exclude", "--exclude-type", "--keep-transposed", "--config", "--all", "--verbose",
        "--json")]
    [InlineData("inspect", "<model>", "--all", "--verbose", "--json")]
    [InlineData("explain", "<plan>", "--layer", "--channel", "--json", "--markdown")]
    [InlineData("execute", "<file>", "--layer", "--input", "--weights", "--batch-axis", "--dim", "--output", "--profile", "--trace-intermediates", "--force",
        "--config", "--verbose", "--json")]
    [InlineData("verify", "<file>", "--layer", "--profile", "--against", "--float", "--output", "--force", "--config", "--all",
        "--verbose", "--json")]
    [InlineData("repair", "<model>", "--output", "--force", "--profile", "--compare", "--float", "--batch-axis", "--dim", "--config", "--all", "--verbose",
        "--json")]
    [InlineData("vectors", "<plan>", "--layer", "--profile", "--input-shape", "--output", "--count", "--seed", "--format", "--force",
        "--config", "--json")]
    [InlineData("plan", "--weight", "--bias", "--layout", "--groups", "--input-step", "--input-zero-point",
        "--input-type", "--output-range", "--precision", "--per-tensor", "--symmetric-activations", "--profile",
        "--relu", "--allow-full-output", "--bias-correction", "--means", "--strides", "--pads", "--dilations",
        "--transposed", "--weight-only", "--group", "--steps", "--zero-points", "--output", "--force", "--config", "--json")]
    [InlineData("profiles", "<name>", "--json")]
    [InlineData("completion", "<shell>")]
    [InlineData("help", "<verb>")]
    public async Task Help_tells_every_argument_with_its_default_and_an_example(string verb, params string[] arguments)
    {
        var help = (await Quantfn.RunAsync(verb, "--help")).Done();

        Assert.StartsWith($"USAGE: quantfn {verb} ", help, StringComparison.Ordinal);
        var entries = Entries(help);
        Assert.Equal(arguments, entries.Select(entry => entry.Name));
        Assert.All(entries, entry =>
        {
            Assert.Matches("Default: |Required[.]", entry.Text);
            Assert.Contains("Example: ", entry.Text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("quantize")]
    [InlineData("calibrate")]
    [InlineData("compare")]
    [InlineData("sensitivity")]
    [InlineData("inspect")]
    [InlineData("explain")]
    [InlineData("execute")]
    [InlineData("verify")]
    [InlineData("repair")]
    [InlineData("vectors")]
    [InlineData("plan")]
    public async Task The_examples_of_the_help_are_understood(string verb)
    {
        var help = (await Quantfn.RunAsync(verb, "--help")).Done();

        var examples = help[help.IndexOf("EXAMPLES:", StringComparison.Ordinal)..].Split('\n').Skip(1)
            .Select(line => line.Trim())
            .Where(line => line.Length > 0)
            .ToList();
        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            var words = example.Split(' ');
            Assert.Equal(["quantfn", verb], words[..2]);
            var outcome = await Quantfn.RunAsync(words[1..]);
            outcome.IsBadInput(); // the files do not exist
            Assert.DoesNotContain("--help", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_help_of_the_program_tells_every_verb()
    {
        var help = (await Quantfn.RunAsync("--help")).Done();

        string[] verbs =
            ["quantize", "compare", "sensitivity", "inspect", "plan", "profiles", "explain", "execute", "verify", "repair", "vectors",
                "completion", "help"];
        foreach (var verb in verbs)
            Assert.Contains($"    {verb} <options>", help, StringComparison.Ordinal);
        Assert.Contains("    quantfn quantize ", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-h", "--help")]
    [InlineData("help", "--help")]
    [InlineData("help quantize", "quantize --help")]
    [InlineData("quantize -h", "quantize --help")]
    [InlineData("compare a b --data d -h", "compare --help")]
    [InlineData("help help", "help --help")]
    public async Task Help_is_given_in_every_form(string line, string usual) =>
        Assert.Equal(
            (await Quantfn.RunAsync(usual.Split(' '))).Done(),
            (await Quantfn.RunAsync(line.Split(' '))).Done());

    [Fact]
    public async Task Without_a_verb_the_usage_is_on_stderr()
    {
        var outcome = await Quantfn.RunAsync();

        Assert.Equal("", outcome.Out);
        Assert.StartsWith("USAGE: quantfn ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public async Task The_version_is_a_number() =>
        Assert.Matches(@"^quantfn \d+\.\d+\.\d+\r?\n$", (await Quantfn.RunAsync("--version")).Done());

    [Fact]
    public void The_arguments_are_declared_as_Argu_wants_them() => ArgumentParser<Argument>.CheckStructure();

    /// <summary>The entries of a help text: each begins with four blanks and goes on with more.</summary>
    private static List<(string Name, string Text)> Entries(string help)
    {
        var entries = new List<(string Name, string Text)>();
        foreach (var line in help[..help.IndexOf("EXAMPLES:", StringComparison.Ordinal)].Split('\n').Skip(1))
        {
            if (line.Length > 4 && line.StartsWith("    ", StringComparison.Ordinal) && line[4] is '-' or '<')
                entries.Add((line.Trim().Split(' ', '=', ',')[0], ""));
            if (entries.Count > 0)
                entries[^1] = entries[^1] with { Text = $"{entries[^1].Text} {line.Trim()}" };
        }

        return [.. entries.Where(entry => entry.Name != "--help")];
    }
}
