using System.Text.Json;
using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Cli;

/// <summary>What a file is on each processor: `compare --processors`, and `--profile` of the verbs.</summary>
public sealed class ProcessorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ProcessorsTests() => ProcessorModels.Write(_folder);

    public void Dispose() => _folder.Dispose();

    private Task<Outcome> Compare(string quantized, params string[] more) => Quantfn.RunAsync(
        ["compare", _folder.File("float.onnx"), _folder.File(quantized), "--data", _folder.File("x.npy"), .. more]);

    [Fact]
    public async Task A_table_tells_every_processor_on_any_machine()
    {
        var report = (await Compare("quantized.onnx", "--processors", "--json")).Json();
        var text = (await Compare("quantized.onnx", "--processors")).Done();

        var rows = report.GetProperty("processors").EnumerateArray().ToList();
        Assert.Equal(
            ["x64 with VNNI", "x64 with AVX2", "x64 with SSE4.1", "ARM64", "WebAssembly"],
            rows.Select(row => row.GetProperty("processor").GetString()));
        Assert.Equal(
            ["onnxruntime-vnni", "onnxruntime-x64-avx2", "onnxruntime-x64-sse", "onnxruntime-arm64", "onnxruntime-wasm"],
            rows.Select(row => row.GetProperty("profile").GetString()));
        var differing = rows.Select(row => row.GetProperty("differing").GetInt64()).ToList();
        Assert.All(rows, row => Assert.Equal(90, row.GetProperty("elements").GetInt64()));
        Assert.True(differing[1] > 0);
        Assert.Equal([0, differing[1], 0, 0, 0], differing);
        double Sqnr(int row) => rows[row].GetProperty("outputs")[0].GetProperty("sqnrDb").GetDouble();
        Assert.True(Sqnr(1) < Sqnr(0) - 3);
        Assert.Equal(Sqnr(0), report.GetProperty("outputs")[0].GetProperty("sqnrDb").GetDouble());
        Assert.Matches(@"\n  x64 with VNNI +y +\d+\.\d\d ", text);
        Assert.Contains("of 90, that are not those of x64 with VNNI", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_the_same_everywhere_is_said_to_be()
    {
        Assert.Contains(
            "All 90 output elements are the same on every processor.",
            (await Compare("safe.onnx", "--processors")).Done(),
            StringComparison.Ordinal);
        (await Compare("safe.onnx", "--engine", "quantfn")).Done();
    }

    [Fact]
    public async Task A_model_with_a_node_in_float_and_options_that_do_not_go_together_are_refused()
    {
        (await Compare("real.onnx", "--processors")).IsBadInput("real.onnx", "node between (Exp)");
        (await Compare("quantized.onnx", "--processors", "--engine", "quantfn")).IsBadInput("--processors", "--engine");
        (await Compare("quantized.onnx", "--profile", "onnxruntime-arm64")).IsBadInput("--profile", "--engine quantfn");
        (await Compare("quantized.onnx", "--engine", "quantfn", "--profile", "onnxruntime-x86-no-vnni"))
            .IsBadInput("'onnxruntime-x86-no-vnni'", "onnxruntime-x64-avx2");
    }

    [Fact]
    public async Task The_engine_is_the_processor_at_hand_and_equal_to_ONNX_Runtime_there()
    {
        var outcome = await Compare("quantized.onnx", "--engine", "quantfn", "--json");

        Assert.Equal(0, outcome.ExitCode);
        var engine = JsonDocument.Parse(outcome.Out).RootElement.GetProperty("engine");
        Assert.Equal(HostProcessor.Profile.Name, engine.GetProperty("profile").GetString());
        Assert.True(engine.GetProperty("isThisProcessor").GetBoolean());
        Assert.Equal((90, 0), (engine.GetProperty("equal").GetInt32(), engine.GetProperty("differing").GetInt32()));
        Assert.Contains("warning", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("quantfn verify", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Another_processor_stands_beside_ONNX_Runtime_here()
    {
        var other = HostProcessor.Profile.Name == "onnxruntime-x64-avx2" ? "onnxruntime-arm64" : "onnxruntime-x64-avx2";
        string[] options = ["--engine", "quantfn", "--profile", other];

        var report = (await Compare("quantized.onnx", [.. options, "--json"])).Json();
        var text = (await Compare("quantized.onnx", options)).Done();
        var table = (await Compare("quantized.onnx", "--processors", "--json")).Json();

        var engine = report.GetProperty("engine");
        Assert.Equal(other, engine.GetProperty("profile").GetString());
        Assert.False(engine.GetProperty("isThisProcessor").GetBoolean());
        Assert.True(engine.GetProperty("differing").GetInt64() > 0);
        Assert.Empty(engine.GetProperty("operators").EnumerateArray());
        var row = table.GetProperty("processors").EnumerateArray().Single(row => row.GetProperty("profile").GetString() == other);
        Assert.True(JsonElement.DeepEquals(row.GetProperty("outputs"), engine.GetProperty("outputs")));
        Assert.Contains("which is another processor", text, StringComparison.Ordinal);
        Assert.Contains($"in {other}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_says_once_that_processors_disagree_and_runs_the_one_that_is_asked_for()
    {
        string[] line = ["execute", _folder.File("quantized.onnx"), "--input", _folder.File("x.npy"), "--force", "-o"];
        var usual = await Quantfn.RunAsync([.. line, _folder.File("usual.npy"), "--json"]);
        (await Quantfn.RunAsync([.. line, _folder.File("pairs.npy"), "--profile", "onnxruntime-x64-avx2"])).Done();
        (await Quantfn.RunAsync([.. line, _folder.File("arm.npy"), "--profile", "onnxruntime-arm64"])).Done();
        var vnni = await Quantfn.RunAsync([.. line, _folder.File("vnni.npy"), "--profile", "onnxruntime-vnni"]);

        Assert.All([usual, vnni], outcome =>
        {
            Assert.Equal(0, outcome.ExitCode);
            Assert.Matches("^quantfn: warning: .*quantized.onnx.* 1 layer .*quantfn verify.*\n$", outcome.Error);
        });
        Assert.Contains("1 layer", JsonDocument.Parse(usual.Out).RootElement.GetProperty("warnings")[0].GetProperty("message").GetString());
        var full = Npy.ReadAll<float>(_folder.File("usual.npy"), "usual");
        Assert.Equal(full, Npy.ReadAll<float>(_folder.File("arm.npy"), "arm"));
        Assert.Equal(full, Npy.ReadAll<float>(_folder.File("vnni.npy"), "vnni"));
        Assert.NotEqual(full, Npy.ReadAll<float>(_folder.File("pairs.npy"), "pairs"));
        line[1] = _folder.File("safe.onnx");
        (await Quantfn.RunAsync([.. line, _folder.File("safe.npy")])).Done();
    }

    [Fact]
    public async Task Verify_finds_the_pair_and_says_what_to_do()
    {
        var outcome = await Quantfn.RunAsync("verify", _folder.File("quantized.onnx"));

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("16 bits cut to", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("quantfn repair", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("--profile onnxruntime-vnni", outcome.Error, StringComparison.Ordinal);
        (await Quantfn.RunAsync("verify", _folder.File("quantized.onnx"), "--profile", "onnxruntime-vnni")).Done();
        (await Quantfn.RunAsync("verify", _folder.File("safe.onnx"))).Done();
        (await Quantfn.RunAsync("verify", _folder.File("safe.onnx"), "--profile", "onnxruntime-x86-no-vnni"))
            .IsBadInput("onnxruntime-x86-no-vnni", "onnxruntime-x64-avx2");
    }

    [Fact]
    public async Task A_plan_runs_on_a_processor_that_its_integers_mean_the_same_on()
    {
        var plan = PlantedPlan.Write(_folder, PlantedPlan.Plan(Precision.TfliteInt8, Profiles.OnnxRuntimeVnni), "fc1");
        sbyte[] values = Enumerable.Repeat(sbyte.MaxValue, 16).ToArray();
        var input = _folder.Write("rows.npy", Npy.Of(values, 1, 16));
        string[] execute = ["execute", plan, "--input", input, "-o"];
        string[] vectors = ["vectors", plan, "--count", "0", "-o"];

        (await Quantfn.RunAsync([.. execute, _folder.File("a.npy")])).Done();
        (await Quantfn.RunAsync([.. execute, _folder.File("b.npy"), "--profile", "onnxruntime-x64-avx2"])).Done();
        (await Quantfn.RunAsync([.. execute, _folder.File("c.npy"), "--profile", "onnxruntime-arm64"])).Done();
        (await Quantfn.RunAsync([.. vectors, _folder.File("va")])).Done();
        (await Quantfn.RunAsync([.. vectors, _folder.File("vb"), "--profile", "onnxruntime-x64-avx2"])).Done();

        var full = await File.ReadAllBytesAsync(_folder.File("a.npy"));
        Assert.Equal(full, await File.ReadAllBytesAsync(_folder.File("c.npy")));
        Assert.NotEqual(full, await File.ReadAllBytesAsync(_folder.File("b.npy")));
        Assert.Equal(await Vectors("va", "inputs.npy"), await Vectors("vb", "inputs.npy"));
        Assert.NotEqual(await Vectors("va", "outputs.npy"), await Vectors("vb", "outputs.npy"));
        (await Quantfn.RunAsync([.. execute, _folder.File("d.npy"), "--profile", "tflite"])).IsBadInput("layer fc1", "plan it again");
        (await Quantfn.RunAsync([.. vectors, _folder.File("vd"), "--profile", "tflite"])).IsBadInput("layer fc1", "plan it again");

        Task<byte[]> Vectors(string folder, string file) => File.ReadAllBytesAsync(_folder.File(folder, file));
    }
}
