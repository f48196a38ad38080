using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>A command line that cannot be obeyed: exit code 2, one message, and nothing is done.</summary>
public sealed class UsageTests
{
    // `m`, `d` stand for arguments that are right: the command line is judged before any file is looked at
    [Theory]
    [InlineData("quantise m --calibration d", "'quantise'")]
    [InlineData("--forse", "'--forse'")]
    [InlineData("quantize", "'<model>'")]
    [InlineData("quantize --calibration d", "'<model>'")]
    [InlineData("quantize m", "'--calibration'")]
    [InlineData("quantize m --force --json", "'--calibration'")]
    [InlineData("quantize m n --calibration d", "'n'")]
    [InlineData("quantize m --calibration", "'--calibration'")]
    [InlineData("quantize m --calibration=", "'--calibration'")]
    [InlineData("quantize m --calibration --force", "'--calibration'")]
    [InlineData("quantize m --calibration d -o", "'-o'")]
    [InlineData("quantize m --calibration d --exclude", "'--exclude'")]
    [InlineData("quantize m --calibration d --force=yes", "'--force=yes'")]
    [InlineData("quantize m --calibration d --forse", "'--forse'")]
    [InlineData("quantize --forse m --calibration d", "'--forse'")]
    [InlineData("quantize m --calibration d -x", "'-x'")]
    [InlineData("quantize m --calibration d --Force", "'--Force'")]
    [InlineData("quantize m --calibration d --calibration=e", "'--calibration'")]
    [InlineData("quantize m --calibration d -o a --output b", "'--output'")]
    [InlineData("quantize m --calibration d --force --force", "'--force'")]
    [InlineData("quantize m --calibration d --json --json", "'--json'")]
    [InlineData("quantize m --calibration d --labels l", "'--labels'")]
    [InlineData("quantize m --calibration d --group 32", "--group")]
    [InlineData("quantize m --weight-only int4 --for opencv", "--for")]
    [InlineData("quantize m --weight-only int4 --precision sima-int8", "--precision")]
    [InlineData("quantize m --weight-only int4 --profile tflite", "--profile")]
    [InlineData("quantize m --weight-only int4 --per-tensor", "--per-tensor")]
    [InlineData("quantize m --weight-only int4 --symmetric-activations", "--symmetric-activations")]
    [InlineData("quantize m --weight-only int4 --keep-transposed", "--keep-transposed")]
    [InlineData("quantize m --weight-only int4 --group many", "--group")]
    [InlineData("compare", "<float model> <quantized model>")]
    [InlineData("compare m --data d", "<quantized model>")]
    [InlineData("compare m n", "'--data'")]
    [InlineData("compare m n o --data d", "'o'")]
    [InlineData("compare m n --data d --data d", "'--data'")]
    [InlineData("compare m n --data d --label l", "'--label'")]
    [InlineData("inspect", "'<model>'")]
    [InlineData("inspect --jason", "'--jason'")]
    [InlineData("inspect m n", "'n'")]
    [InlineData("explain", "'<plan>'")]
    [InlineData("explain p q", "'q'")]
    [InlineData("explain p --layer", "'--layer'")]
    [InlineData("explain p --channel", "'--channel'")]
    [InlineData("explain p --layer a --layer b", "'--layer'")]
    [InlineData("explain p --json --json", "'--json'")]
    [InlineData("explain p --chanel 3", "'--chanel'")]
    [InlineData("execute", "'<file>'")]
    [InlineData("execute p -o y", "'--input'")]
    [InlineData("execute p --input x", "'--output'")]
    [InlineData("execute p --input x --output", "'--output'")]
    [InlineData("execute p q --input x -o y", "'q'")]
    [InlineData("execute p --input x -o y --trace d", "'--trace'")]
    [InlineData("verify", "'<file>'")]
    [InlineData("verify p q", "'q'")]
    [InlineData("verify p -o", "'-o'")]
    [InlineData("verify p --layer", "'--layer'")]
    [InlineData("verify p --lair a", "'--lair'")]
    public async Task One_message_names_the_argument_and_where_help_is(string line, string named)
    {
        var outcome = await Quantfn.RunAsync(line.Split(' '));

        outcome.IsBadInput(named, "Try 'quantfn");
    }

    [Fact]
    public async Task An_empty_argument_is_refused() =>
        (await Quantfn.RunAsync("quantize", "m", "--calibration", "")).IsBadInput("empty", "Try 'quantfn quantize");

    [Theory]
    [InlineData("int8")]
    [InlineData("TFLITE-INT8")]
    [InlineData("tflite-int32")]
    public async Task An_unknown_precision_is_refused_with_the_known_ones(string name)
    {
        using var folder = new TemporaryFolder();

        var outcome = await Quantfn.RunAsync(
            Quantfn.QuantizeSample("-o", folder.File("out.onnx"), "--precision", name));

        outcome.IsBadInput("--precision", $"'{name}'", "sima-int8, tflite-int8, restricted-tflite-int8, sima-int16");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_message_is_one_line_and_the_whole_story_is_told_on_demand()
    {
        string[] line = ["inspect", "missing.onnx"];

        (await Quantfn.RunAsync(line)).IsBadInput("missing.onnx");

        var whole = await Quantfn.RunAsync(new Dictionary<string, string> { ["QUANTFN_DEBUG"] = "1" }, line);
        Assert.Contains("   at QuantFunctional.", whole.Error, StringComparison.Ordinal);
        Assert.Equal(2, whole.ExitCode);
    }
}
