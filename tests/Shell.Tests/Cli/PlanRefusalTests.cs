using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>Layers that `quantfn plan` cannot plan: exit code 1 with every attempt, or bad input: exit code 2.</summary>
public sealed class PlanRefusalTests : IDisposable
{
    private const string Begin = $"--weight @w.npy --layout OIHW {LayerFiles.Input} -o @plan.json";

    private const string Tall = $"{LayerFiles.Sound} --bias @tall.npy";

    private readonly LayerFiles _files = new();

    public PlanRefusalTests()
    {
        _files.Floats("b7.npy", 7);
        _files.Floats("b81.npy", 8, 1);
        _files.Floats("m3.npy", 3);
        _files.Floats("m38.npy", 3, 8);
        _files.Floats("m28.npy", 2, 8);
        _files.Floats("m27.npy", 2, 7);
        _files.Floats("none.npy", 0, 4, 3, 3);
        _files.Write("scalar.npy", Npy.Of<float>([1]));
        _files.Write("tall.npy", Npy.Of<float>([0, 0, 0, 1e30f, 0, 0, 0, 0], 8));
        _files.Write("whole.npy", Npy.Of(new int[8 * 4 * 3 * 3], 8, 4, 3, 3));
        _files.Write("nan.npy", Npy.Of([.. LayerFiles.Numbers(287), float.NaN], 8, 4, 3, 3));
        _files.Write("large.npy", Npy.Of([.. new double[287], 1e300], 8, 4, 3, 3));
        _files.Write("bnan.npy", Npy.Of([1, 2, float.PositiveInfinity, 4, 5, 6, 7, 8], 8));
        _files.Write("mnan.npy", Npy.Of<float>([1, float.NaN, 3, 4], 4));
        _files.Write("huge.npy", Npy.WithHeader(Npy.Header("<f4", "(2500000000,)"), new byte[60]));
        _files.Write("text.npy", "no array"u8.ToArray());
        _files.Write("broken.json", "{ \"format\": "u8.ToArray());
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_layer_without_a_plan_is_told_with_every_attempt_and_nothing_is_written()
    {
        var before = _files.Names.ToList();

        var outcome = await _files.PlanAsync(Tall);

        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("", outcome.Out);
        var lines = outcome.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("quantfn: attempt 1 (tflite-int8): tried again: bias and product", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("quantfn: attempt 2 (tflite-int8): refused: channel 3:", lines[1], StringComparison.Ordinal);
        Assert.Contains("w.npy: the layer cannot be planned: channel 3:", lines[2], StringComparison.Ordinal);
        Assert.Equal(before, _files.Names);
    }

    [Fact]
    public async Task The_attempts_as_JSON_are_one_document()
    {
        var outcome = await _files.PlanAsync($"{Tall} --json");

        Assert.Equal(1, outcome.ExitCode);
        var told = JsonDocument.Parse(outcome.Out).RootElement;
        Assert.Contains("channel 3", told.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("bias-overflow", told.GetProperty("refusal").GetProperty("kind").GetString());
        Assert.Equal(3, told.GetProperty("refusal").GetProperty("channel").GetInt32());
        Assert.Equal(
            ["retried", "refused"],
            told.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString()));
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("plan.json", _files.Names);
    }

    [Theory]
    [InlineData("", "'--weight'")]
    [InlineData("--layout OIHW -o @plan.json", "'--weight'")]
    [InlineData("--weight @w.npy -o @plan.json", "'--layout'")]
    [InlineData("--weight @w.npy --layout OIHW", "'--output'")]
    [InlineData(Begin, "'--output-range'")]
    [InlineData("--weight @w.npy --layout OIHW -o @plan.json", "'--input-step'")]
    [InlineData("--weight @w.npy --layout OIHW -o @plan.json --input-step 1", "'--input-zero-point'")]
    [InlineData($"{LayerFiles.Sound} -5", "'-5'")]
    [InlineData($"{LayerFiles.Sound} --means @m28.npy", "'--means'", "'--bias-correction'")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean-input", "'--bias-correction'", "'--means'")]
    [InlineData($"{LayerFiles.Sound} --group 64", "'--group'", "'--weight-only'")]
    [InlineData($"{LayerFiles.Sound} --json --json", "'--json'")]
    [InlineData($"{LayerFiles.Sound} --groups two", "'--groups'", "'two'")]
    [InlineData($"{LayerFiles.Sound} --channel 3", "'--channel'")]
    public async Task A_line_that_is_not_complete_is_refused_with_the_option(string line, params string[] named)
    {
        var outcome = await (line.Length == 0 ? Quantfn.RunAsync("plan") : _files.PlanAsync(line));

        outcome.IsBadInput([.. named, "Try 'quantfn plan --help'"]);
    }

    [Theory]
    [InlineData($"{Begin} --output-range 2,5", "--output-range", "0 does not lie in '2,5'")]
    [InlineData($"{Begin} --output-range -5,-2", "--output-range", "0 does not lie")]
    [InlineData($"{Begin} --output-range 9,-6", "--output-range", "upside down")]
    [InlineData($"{Begin} --output-range 9", "--output-range", "two numbers")]
    [InlineData($"{Begin} --output-range -1,2,3", "--output-range", "two numbers")]
    [InlineData($"{Begin} --output-range low,2", "--output-range", "'low'")]
    [InlineData($"{Begin} --output-range=-Infinity,2", "--output-range", "not finite")]
    [InlineData($"{Begin} --output-range=0,NaN", "--output-range", "not finite")]
    [InlineData($"{LayerFiles.Sound} --input-type int4", "--input-type", "int8, int16")]
    [InlineData($"{LayerFiles.Sound} --precision int8", "--precision", "'int8'", "sima-int32")]
    [InlineData($"{LayerFiles.Sound} --profile nope", "--profile", "'nope'", "tflite-single-rounding, ")]
    [InlineData($"{LayerFiles.Sound} --profile @broken.json", "broken.json")]
    [InlineData($"{LayerFiles.Sound} --profile tflite --precision sima-int8", "--precision", "tflite", "sima-int8")]
    [InlineData($"{LayerFiles.Sound} --profile onnxruntime --input-type int16", "--input-type", "int16")]
    [InlineData($"{LayerFiles.Sound} --profile tflite --input-type int16", "--input-zero-point", "-10")]
    [InlineData($"{LayerFiles.Sound} --relu --precision sima-int32", "--relu", "32-bit")]
    [InlineData($"{LayerFiles.Sound} --allow-full-output", "--allow-full-output", "tflite-int8")]
    [InlineData($"{LayerFiles.Sound} --allow-full-output --precision sima-int8", "--allow-full-output", "sima-int8")]
    [InlineData($"{LayerFiles.Sound} --allow-full-output --precision sima-int32", "--allow-full-output", "sima-int32")]
    [InlineData($"{LayerFiles.Sound} --strides 1", "--strides", "2 strides")]
    [InlineData($"{LayerFiles.Sound} --strides 1,0", "--strides", "at least 1")]
    [InlineData($"{LayerFiles.Sound} --strides 1,a", "--strides", "'1,a'")]
    [InlineData($"{LayerFiles.Sound} --pads 1,1", "--pads", "4 pads")]
    [InlineData($"{LayerFiles.Sound} --pads 0,0,0,-1", "--pads", "at least 0")]
    [InlineData($"{LayerFiles.Sound} --dilations 1,1,1", "--dilations", "2 dilations")]
    [InlineData($"{LayerFiles.Sound} --groups 3", "w.npy", "3 groups")]
    [InlineData($"{LayerFiles.Sound} --groups 0", "w.npy", "at least one group")]
    [InlineData($"{LayerFiles.Sound} --bias @b7.npy", "b7.npy", "7", "8")]
    [InlineData($"{LayerFiles.Sound} --bias @b81.npy", "b81.npy", "[8, 1]")]
    [InlineData($"{LayerFiles.Sound} --bias @bnan.npy", "bnan.npy", "channel 2")]
    [InlineData($"{LayerFiles.Sound} --bias @missing.npy", "missing.npy")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean --means @m28.npy", "--bias-correction", "'mean'", "mean-output")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean-input --means @m3.npy", "m3.npy", "3", "4")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean-input --means @mnan.npy", "mnan.npy", "not finite")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean-output --means @m38.npy", "--means", "[3, 8]", "[2, O]")]
    [InlineData($"{LayerFiles.Sound} --bias-correction mean-output --means @m27.npy", "m27.npy", "7", "8")]
    public async Task Bad_values_are_refused_with_the_option_or_the_file(string line, params string[] named)
    {
        var before = _files.Names.ToList();

        (await _files.PlanAsync(line)).IsBadInput(named);

        Assert.Equal(before, _files.Names);
    }

    [Theory]
    [InlineData("missing.npy", "OIHW", "missing.npy")]
    [InlineData("w.npy", "OIWH", "--layout", "'OIWH'", "IHWO")]
    [InlineData("w.npy", "IO", "w.npy", "IO")]
    [InlineData("nan.npy", "OIHW", "nan.npy", "index 287", "NaN")]
    [InlineData("large.npy", "OIHW", "large.npy", "index 287", "Infinity")]
    [InlineData("whole.npy", "OIHW", "whole.npy", "int32")]
    [InlineData("none.npy", "OIHW", "none.npy", "0x4x3x3")]
    [InlineData("scalar.npy", "OI", "scalar.npy", "OI")]
    [InlineData("huge.npy", "OI", "huge.npy", "10000000000", "60")]
    [InlineData("text.npy", "OI", "text.npy")]
    [InlineData("", "OI", "one array is wanted")]
    public async Task Weights_that_are_none_are_refused_with_the_file(string file, string layout, params string[] named)
    {
        (await _files.PlanAsync(
            $"--weight @{file} --layout {layout} {LayerFiles.Input} --output-range=-6,9 -o @plan.json")).IsBadInput(named);

        Assert.DoesNotContain("plan.json", _files.Names);
    }

    [Theory]
    [InlineData("0", "-10", "--input-step", "0")]
    [InlineData("-0.02", "-10", "--input-step", "-0.02")]
    [InlineData("NaN", "-10", "--input-step", "NaN")]
    [InlineData("1e-300", "-10", "--input-step")]
    [InlineData("0,02", "-10", "--input-step", "'0,02'")]
    [InlineData("0.02", "128", "--input-zero-point", "128", "int8")]
    [InlineData("0.02", "-129", "--input-zero-point", "-129")]
    public async Task An_input_that_no_encoding_has_is_refused(string step, string zeroPoint, params string[] named) =>
        (await _files.PlanAsync(
            $"--weight @w.npy --layout OIHW --input-step {step} --input-zero-point {zeroPoint} --output-range=-6,9 "
            + "-o @plan.json")).IsBadInput(named);

    [Theory]
    [InlineData("-o @w.npy --force", "w.npy", "input")]
    [InlineData("-o @no/plan.json", "does not exist")]
    [InlineData("-o @", "folder")]
    public async Task A_plan_is_not_written_just_anywhere(string output, params string[] named)
    {
        var before = _files.Names.ToList();

        (await _files.PlanAsync($"--weight @w.npy --layout OIHW {LayerFiles.Input} --output-range=-6,9 {output}"))
            .IsBadInput(named);

        Assert.Equal(before, _files.Names);
    }
}
