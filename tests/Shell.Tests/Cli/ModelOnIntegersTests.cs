using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>`quantfn execute`, `verify` and `compare --engine` on a quantized model.</summary>
public sealed class ModelOnIntegersTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private const int Samples = 12;

    private string Model => _folder.File("m.onnx");

    private string Data => _folder.File("x.npy");

    public async Task InitializeAsync()
    {
        byte[] pixels = [.. Enumerable.Range(0, Samples * 28 * 28).Select(i => (byte)(i * i % 251))];
        _folder.Write("x.npy", Npy.Of(pixels, Samples, 1, 28, 28));
        Assert.Equal(0, (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", Model))).ExitCode);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Execute_writes_the_output_of_every_sample_and_each_integer_tensor()
    {
        var trace = Directory.CreateDirectory(_folder.File("trace")).FullName;
        var output = _folder.File("y.npy");

        var json = (await Quantfn.RunAsync(
            "execute", Model, "--input", Data, "-o", output,
            "--trace-intermediates", trace, "--json")).Json();

        Assert.Equal(Samples, json.GetProperty("samples").GetInt32());
        Assert.Equal(10 * Samples, Npy.ReadAll<float>(output, "y").Length);
        Assert.Equal(json.GetProperty("traced").GetInt32(), Directory.GetFiles(trace, "*.npy").Length);
        var again = await Quantfn.RunAsync("execute", Model, "--input", Data, "-o", output);
        again.IsBadInput("y.npy", "--force");
    }

    [Fact]
    public async Task Compare_finds_ONNX_Runtime_and_the_integers_equal_on_every_element()
    {
        string[] line =
            ["compare", Quantfn.Sample("fashion.onnx"), Model, "--data", Data, "--engine", "quantfn"];

        var engine = (await Quantfn.RunAsync([.. line, "--json"])).Json().GetProperty("engine");
        var text = (await Quantfn.RunAsync(line)).Done();

        Assert.Equal(10 * Samples, engine.GetProperty("equal").GetInt32());
        Assert.Equal(0, engine.GetProperty("differing").GetInt32());
        Assert.Equal(0, engine.GetProperty("maxSteps").GetInt32());
        Assert.Contains("all 120 output elements are those of ONNX Runtime", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_passes_the_model_and_writes_a_certificate_for_every_layer()
    {
        var certificate = _folder.File("certificate.json");

        var text = (await Quantfn.RunAsync("verify", Model, "-o", certificate)).Done();
        var again = (await Quantfn.RunAsync("verify", Model, "--against", certificate)).Done();

        var layers = JsonDocument.Parse(await File.ReadAllTextAsync(certificate)).RootElement.GetProperty("layers");
        Assert.All(layers.EnumerateArray(), layer => Assert.True(layer.GetProperty("passed").GetBoolean()));
        Assert.All(layers.EnumerateArray(), layer => Assert.Contains(
            layer.GetProperty("name").GetString()!, text, StringComparison.Ordinal));
        Assert.Contains("every claim is true of 10 layers", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_of_a_model_runs_as_that_of_its_plan()
    {
        var plan = _folder.File("plan.json");
        var model = _folder.File("n.onnx");
        Assert.Equal(0, (await Quantfn.RunAsync(Quantfn.QuantizeSample("-o", model, "--plan", plan))).ExitCode);
        var name = JsonDocument.Parse(await File.ReadAllTextAsync(plan)).RootElement
            .GetProperty("layers")[0].GetProperty("name").GetString()!;
        sbyte[] values = [.. Enumerable.Range(0, 28 * 28).Select(i => (sbyte)((i * 37 % 256) - 128))];
        var input = _folder.Write("one.npy", Npy.Of(values, 1, 1, 28, 28));

        (await Quantfn.RunAsync("execute", plan, "--layer", name, "--input", input, "-o", _folder.File("a.npy"))).Done();
        (await Quantfn.RunAsync("execute", model, "--layer", name, "--input", input, "-o", _folder.File("b.npy"))).Done();

        Assert.Equal(await File.ReadAllBytesAsync(_folder.File("a.npy")), await File.ReadAllBytesAsync(_folder.File("b.npy")));
    }

    [Theory]
    [InlineData("no layer 'nope'", "verify", "--layer", "nope")]
    [InlineData("--profile", "verify", "--profile", "nope")]
    public async Task Names_that_are_not_there_are_bad_input(string word, params string[] more) =>
        (await Quantfn.RunAsync([more[0], Model, .. more[1..]])).IsBadInput(word);

    [Fact]
    public async Task A_float_model_and_an_unknown_engine_are_bad_input()
    {
        var real = Quantfn.Sample("fashion.onnx");
        (await Quantfn.RunAsync("verify", real)).IsBadInput("fashion.onnx", "float model", "quantfn quantize");
        (await Quantfn.RunAsync("execute", real, "--input", Quantfn.Sample("fashion.test.npz"), "-o", _folder.File("z.npy")))
            .IsBadInput("fashion.onnx", "float model");
        (await Quantfn.RunAsync("compare", real, Model, "--data", Quantfn.Sample("fashion.test.npz"), "--engine", "tvm"))
            .IsBadInput("--engine", "tvm", "quantfn");
        Assert.False(File.Exists(_folder.File("z.npy")));
    }
}
