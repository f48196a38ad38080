using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>A misspelt verb, option or name is answered with what was meant.</summary>
public sealed class MisspeltTests
{
    private const string Quantize = "quantize m --calibration d";

    private const string Compare = "compare m n --data d";

    [Theory]
    [InlineData("quantise m", "quantize")]
    [InlineData("qunatize m", "quantize")]
    [InlineData("Quantize m", "quantize")]
    [InlineData("--quantize m", "quantize")]
    [InlineData("inspct m", "inspect")]
    [InlineData("comapre m n", "compare")]
    [InlineData("explian p", "explain")]
    [InlineData("help quantice", "quantize")]
    [InlineData("repiar m", "repair")]
    [InlineData("--verison", "--version")]
    [InlineData("model.onnx", "inspect model.onnx")]
    [InlineData("quantize m --calibraton d", "--calibration")]
    [InlineData("quantize m --calib d", "--calibration")]
    [InlineData("quantize m --calibration-data d", "--calibration")]
    [InlineData($"{Quantize} --Force", "--force")]
    [InlineData($"{Quantize} -force", "--force")]
    [InlineData($"{Quantize} —force", "--force")]
    [InlineData($"{Quantize} --per_tensor", "--per-tensor")]
    [InlineData($"{Quantize} --ouput=x", "--output")]
    [InlineData($"{Quantize} --exclude-node a", "--exclude")]
    [InlineData($"{Quantize} --exclude-types Softmax", "--exclude-type")]
    [InlineData($"{Quantize} --require-sqrn 20", "--require-sqnr")]
    [InlineData($"{Compare} --label l", "--labels")]
    [InlineData($"{Compare} --processor", "--processors")]
    [InlineData("verify p --profil tflite", "--profile")]
    [InlineData("execute p --input x -o y --trace d", "--trace-intermediates")]
    [InlineData($"{Quantize} --precision tflite_int8", "tflite-int8")]
    [InlineData($"{Quantize} --precision sima-itn8", "sima-int8")]
    [InlineData($"{Quantize} --profile onxruntime", "onnxruntime")]
    [InlineData($"{Quantize} --profile TFLite", "tflite")]
    [InlineData("profiles onnxruntime-vni", "onnxruntime-vnni")]
    [InlineData("quantize m --weight-only int-4", "int4")]
    [InlineData("quantize m --calibration d --for open-cv", "opencv")]
    [InlineData($"{Compare} --engine quantfun", "quantfn")]
    [InlineData("completion powershell", null)]
    [InlineData("completion bsh", "bash")]
    [InlineData("plan --weight w --layout oihw --input-step 1 --input-zero-point 0 --output-range 0,1 -o p", "OIHW")]
    public async Task The_question_names_what_was_meant(string line, string? meant)
    {
        var outcome = await Quantfn.RunAsync(line.Split(' '));

        outcome.IsBadInput();
        if (meant is null)
            Assert.DoesNotContain("did you mean", outcome.Error, StringComparison.Ordinal);
        else
            Assert.Contains($"; did you mean {meant}?", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_of_another_verb_is_said_to_be_one() =>
        (await Quantfn.RunAsync("quantize", "m", "--calibration", "d", "--labels", "l"))
            .IsBadInput("'--labels'", "one of compare");

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("quantize m --calibration d --xyzzy")]
    public async Task Nothing_is_suggested_where_nothing_is_near(string line)
    {
        var outcome = await Quantfn.RunAsync(line.Split(' '));

        outcome.IsBadInput("Try 'quantfn");
        Assert.DoesNotContain("did you mean", outcome.Error, StringComparison.Ordinal);
    }
}
