using System.Text.Json;
using Google.Protobuf;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Decoders;

/// <summary>`quantfn verify` and `execute` on models of which the weights alone are integers, and folders where models are named.</summary>
public sealed class WeightCommandTests : IDisposable
{
    private const string Config = """{ "model": { "decoder": { "filename": "model.onnx" } } }""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("contrib", "int4")]
    [InlineData("plain", "int8")]
    [InlineData("contrib-tied", "int4")]
    public async Task A_small_decoder_is_what_its_plan_says(string form, string type)
    {
        var (real, quantized, plan) = (Shared.Model($"decoder/{form}"), _folder.File("q"), _folder.File("plan.json"));
        (await Quantfn.RunAsync("quantize", real, "--weight-only", type, "-o", quantized, "--plan", plan)).Done();

        var text = (await Quantfn.RunAsync("verify", quantized, "--against", plan, "--float", real)).Done();
        var written = (await Quantfn.RunAsync("execute", quantized, "--weights", "-o", _folder.File("w.npz"), "--json")).Json();

        Assert.Contains("every integer, step and zero point of 16 of its 16 products and embeddings is that of", text, StringComparison.Ordinal);
        Assert.Contains("no block loses more of them than the nearest integers would", text, StringComparison.Ordinal);
        Assert.Equal(16, written.GetProperty("weights").GetArrayLength());
        Assert.Equal(512 * 128, Npy.ReadAll<float>(_folder.File("w.npz"), "/model/embed_tokens/Gather").Length);
    }

    [Fact]
    public async Task A_changed_weight_in_the_file_beside_the_model_ends_with_1_and_its_place()
    {
        var (real, quantized, plan) = await Made();
        var path = Path.Combine(quantized, "model.onnx.data");
        var data = await File.ReadAllBytesAsync(path);
        var model = OnnxModel.Load(Path.Combine(quantized, "model.onnx"));
        var weights = model.Graph.Initializer.Single(tensor => tensor.Name == "a_weight_quantized").RawData;
        var place = data.AsSpan().IndexOf(weights.Span);
        data[place + 24] ^= 1;
        await File.WriteAllBytesAsync(path, data);

        var outcome = await Quantfn.RunAsync("verify", quantized, "--against", plan);
        var json = await Quantfn.RunAsync("verify", quantized, "--against", plan, "--float", real, "--json");

        Assert.Equal((1, 1), (outcome.ExitCode, json.ExitCode));
        // two weights lie in a byte, 48 in a row
        Assert.Matches(@"\na: channel 0, block 0, index 1: the weight has to be (-?\d+), but is (-?\d+)\.\n", outcome.Out);
        Assert.EndsWith(" [QF0721]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains("the first place: a: channel 0, block 0, index 1: ", outcome.Error, StringComparison.Ordinal);
        var report = JsonDocument.Parse(json.Out).RootElement;
        Assert.False(report.GetProperty("confirmed").GetBoolean());
        var dispute = report.GetProperty("disputes")[0];
        Assert.Equal(("a", 0, 0, 1), (dispute.GetProperty("name").GetString(), dispute.GetProperty("channel").GetInt32(), dispute.GetProperty("block").GetInt32(), dispute.GetProperty("input").GetInt32()));
    }

    [Fact]
    public async Task Folders_stand_for_their_decoders_wherever_a_model_is_read()
    {
        var (real, quantized, plan) = await Made();
        var tokens = _folder.Write("tokens.npy", Npy.Of(new long[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 2, 4));
        var inspected = (await Quantfn.RunAsync("inspect", quantized)).Done();
        var whole = (await Quantfn.RunAsync("inspect", Path.Combine(quantized, "model.onnx"))).Done();
        Assert.Equal(whole, inspected);
        Assert.Contains("Agreement", (await Quantfn.RunAsync("compare", real, quantized, "--data", tokens)).Done(), StringComparison.Ordinal);
        (await Quantfn.RunAsync("verify", quantized, $"--float={real}", "--against", plan)).Done();
        (await Quantfn.RunAsync("execute", quantized, "--weights", "--layer", "a", "-o", _folder.File("out"))).Done();
        // it runs as a whole, or says why not, as its file would
        (await Quantfn.RunAsync("execute", quantized, "--input", tokens, "-o", _folder.File("y.npy"))).IsBadInput(Path.Combine(quantized, "model.onnx"));

        File.Delete(Path.Combine(quantized, "genai_config.json"));
        foreach (var line in new string[][] { ["inspect", quantized], ["verify", quantized], ["compare", real, quantized, "--data", tokens], ["execute", quantized, "--weights", "-o", _folder.File("w.npz")] })
            (await Quantfn.RunAsync(line)).IsBadInput(quantized, "genai_config.json", "[QF0424]");
    }

    [Fact]
    public async Task What_does_not_go_together_is_refused()
    {
        var (real, quantized, plan) = await Made();
        (await Quantfn.RunAsync("verify", quantized)).IsBadInput("--against PLAN.json", "--float FLOAT.onnx", "[QF0217]");
        (await Quantfn.RunAsync("verify", quantized, "--against", plan, "--layer", "a")).IsBadInput("--layer", "[QF0603]");
        (await Quantfn.RunAsync("verify", quantized, "--float", real, "-o", "c.json")).IsBadInput("-o", "[QF0603]");
        (await Quantfn.RunAsync("verify", plan, "--against", plan)).IsBadInput(plan, "[QF0603]");
        (await Quantfn.RunAsync("execute", plan, "--weights", "-o", _folder.File("w.npz"))).IsBadInput("--weights", "[QF0603]");
        (await Quantfn.RunAsync("execute", quantized, "--weights", "--input", "x.npy", "-o", _folder.File("w.npz"))).IsBadInput("--input", "[QF0603]");
        (await Quantfn.RunAsync("execute", quantized, "-o", _folder.File("w.npz"))).IsBadInput("--input", "--weights");
    }

    private async Task<(string Real, string Quantized, string Plan)> Made()
    {
        var (real, quantized, plan) = (_folder.File("real"), _folder.File("q"), _folder.File("plan.json"));
        Directory.CreateDirectory(real);
        await File.WriteAllBytesAsync(Path.Combine(real, "model.onnx"), TokenModels.Apart(21).Build().Proto.ToByteArray());
        await File.WriteAllTextAsync(Path.Combine(real, "genai_config.json"), Config);
        (await Quantfn.RunAsync("quantize", real, "--weight-only", "int4", "-o", quantized, "--plan", plan)).Done();
        return (real, quantized, plan);
    }
}
