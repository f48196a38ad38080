using NJsonSchema;
using QuantFunctional.Cli;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`--config`: options from a file.</summary>
public sealed class ConfigTests : IDisposable
{
    private static readonly string Schema = Path.Combine(
        Shared.Repository, "docs", "schema", "quantfunctional-config.schema.json");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // with UPDATE_SCHEMA=1 the file is written anew
    [Fact]
    public void The_committed_schemas_have_every_option_of_the_config()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_SCHEMA") == "1")
            File.WriteAllText(Schema, ConfigSchema.document());
        Assert.Equal(ConfigSchema.document(), File.ReadAllText(Schema));
    }

    [Fact]
    public async Task Options_come_from_the_file_paths_start_from_its_folder_and_flags_win()
    {
        File.Copy(Quantfn.Sample("fashion.calibration.npz"), _folder.File("data.npz"));
        var config = await Config("""
            {
              // comments are as welcome as in other settings
              "$schema": "quantfunctional-config.schema.json",
              "quantize": {
                "calibration": "data.npz",
                "output": "out.onnx",
                "plan": "plan.json",
                "precision": "restricted-tflite-int8",
                "profile": "onnxruntime-vnni",
                "exclude": ["/0/Conv", "/16/*"],
                "skip-sample": [0, 3],
                "require-sqnr": 5,
                "force": false,
                "json": true,
              },
              "compare": { "data": "data.npz" }
            }
            """);

        var report = (await Quantfn.RunAsync(
            "quantize", Quantfn.Sample("fashion.onnx"), "--config", config, "--precision=sima-int8", "--json")).Json();

        Assert.Equal(_folder.File("out.onnx"), report.GetProperty("outputPath").GetString());
        Assert.True(File.Exists(_folder.File("plan.json")));
        Assert.Equal("sima-int8", report.GetProperty("layers")[0].GetProperty("precision").GetString());
        Assert.Equal(254, report.GetProperty("calibration").GetProperty("samples").GetInt64());
        Assert.Equal(2, report.GetProperty("leftInFloat").EnumerateArray()
            .Count(node => node.GetProperty("reason").GetString() == "excluded by the user"));
        var compared = await Quantfn.RunAsync(
            "compare", Quantfn.Sample("fashion.onnx"), _folder.File("out.onnx"), $"--config={config}");
        Assert.Contains("Samples    256", compared.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "quantize": { "calibraton": "d" } }""", "quantfn.json: quantize: unknown key 'calibraton'", "did you mean calibration?")]
    [InlineData("""{ "quantise": { } }""", "unknown key 'quantise'", "did you mean quantize?")]
    [InlineData("""{ "calibration": "d" }""", "'calibration' is an option of quantize", "\"quantize\": {")]
    [InlineData("""{ "quantize": { "config": "d" } }""", "unknown key 'config'")]
    [InlineData("""{ "quantize": { "force": 1 } }""", "quantize.force: 1 is neither true nor false")]
    [InlineData("""{ "quantize": { "group": "many" } }""", "quantize.group: \"many\" is not a number")]
    [InlineData("""{ "quantize": { "output": 5 } }""", "quantize.output: 5 is not a text")]
    [InlineData("""{ "quantize": { "output": ["a", "b"] } }""", "quantize.output")]
    [InlineData("""{ "quantize": { "output": "" } }""", "quantize.output", "empty")]
    [InlineData("""{ "quantize": { "precision": "sima-int", "calibration": "d" } }""", "--precision", "did you mean sima-int8?")]
    [InlineData("""{ "quantize": 5 }""", "quantfn.json: quantize", "object")]
    [InlineData("[]", "quantfn.json", "object")]
    [InlineData("{", "quantfn.json", "not JSON")]
    public async Task What_the_file_says_wrongly_is_refused_by_its_place(string text, params string[] words)
    {
        var config = await Config(text);

        (await Quantfn.RunAsync("quantize", "m", "--config", config)).IsBadInput(words);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_refused() =>
        (await Quantfn.RunAsync("quantize", "m", "--config", _folder.File("none.json"))).IsBadInput("none.json", "check the path");

    [Fact]
    public async Task The_schema_refuses_what_the_reader_refuses()
    {
        var schema = await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(Schema));

        Assert.Empty(schema.Validate("""{ "quantize": { "exclude": ["a"], "exclude-type": "Softmax", "group": 32, "force": true } }"""));
        Assert.Empty(schema.Validate("""{ "quantize": { "profile": "mine.json", "skip-sample": [1] }, "plan": { "strides": "1,1" } }"""));
        Assert.NotEmpty(schema.Validate("""{ "quantize": { "calibraton": "a" } }"""));
        Assert.NotEmpty(schema.Validate("""{ "quantize": { "precision": "int8" } }"""));
        Assert.NotEmpty(schema.Validate("""{ "calibration": "a" }"""));
        Assert.NotEmpty(schema.Validate("""{ "quantize": { "force": 1 } }"""));
    }

    private async Task<string> Config(string text)
    {
        await File.WriteAllTextAsync(_folder.File("quantfn.json"), text);
        return _folder.File("quantfn.json");
    }
}
