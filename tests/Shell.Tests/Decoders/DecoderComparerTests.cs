using Microsoft.ML.OnnxRuntime;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Decoders;

/// <summary>Two decoders read the same tokens, at once and one by one.</summary>
public sealed class DecoderComparerTests : IDisposable
{
    private const int Rows = 6;
    private const int Length = 7;

    private readonly TemporaryFolder _folder = new();
    private readonly long[] _tokens = SmallDecoder.Tokens(Rows, Length);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_beside_itself_is_equal_both_ways()
    {
        var report = await CompareAsync(SmallDecoder.Of(), SmallDecoder.Of());

        Assert.Equal((Rows, Rows * Length, 4), (report.Rows, report.Tokens, report.TokenByToken!.Rows));
        foreach (var figures in new[] { report.AtOnce, report.TokenByToken.Cached, report.TokenByToken.AtOnce })
        {
            Assert.Equal((0, 1, double.PositiveInfinity), (figures.Kl, figures.Agreement, figures.SqnrDb));
            Assert.Equal(figures.FloatPerplexity, figures.QuantizedPerplexity);
        }

        Assert.True(report.TokenByToken.FloatSqnrDb > 100);
        Assert.Equal(report.TokenByToken.AtOnce.FloatPerplexity, report.TokenByToken.Cached.FloatPerplexity, 4);
        Assert.Null(report.Speeds);
    }

    [Fact]
    public async Task The_figures_are_those_of_their_definitions()
    {
        var (real, other) = (SmallDecoder.Of(), SmallDecoder.Of());
        var head = other.Graph.Initializer.Single(tensor => tensor.Name == "head");
        var changed = new OnnxModel("other.onnx", other.Proto.Clone());
        changed.Graph.Initializer.Remove(changed.Graph.Initializer.Single(tensor => tensor.Name == "head"));
        changed.Graph.Initializer.Add(TensorData.Make("head", head.Dims, TensorData.Floats(head).Select(w => MathF.Round(w * 4) / 4).ToArray().AsSpan()));

        var figures = (await CompareAsync(real, changed)).AtOnce;

        var (p, q) = (Probabilities(real), Probabilities(changed));
        var next = Enumerable.Range(0, Rows * Length).Where(i => i % Length < Length - 1).ToList();
        Assert.Equal(Math.Exp(next.Average(i => -Math.Log(p[i][_tokens[i + 1]]))), figures.FloatPerplexity, 6);
        Assert.Equal(Math.Exp(next.Average(i => -Math.Log(q[i][_tokens[i + 1]]))), figures.QuantizedPerplexity, 6);
        Assert.Equal(p.Zip(q).Average(pair => pair.First.Zip(pair.Second).Sum(two => two.First * Math.Log(two.First / two.Second))), figures.Kl, 6);
        Assert.Equal(p.Zip(q).Average(pair => Likeliest(pair.First) == Likeliest(pair.Second) ? 1.0 : 0), figures.Agreement, 12);
        Assert.InRange(figures.SqnrDb, 10, 40);
        Assert.NotEqual(0, figures.Kl);

        static int Likeliest(double[] scores) => Array.IndexOf(scores, scores.Max());
    }

    [Fact]
    public async Task A_model_that_forgets_its_past_is_warned_of()
    {
        var report = await CompareAsync(SmallDecoder.Of(), SmallDecoder.Of(forgets: true));

        Assert.Contains("test.onnx", Provoke.Warned(Diagnostics.CacheDisagrees, report.Warnings).Message, StringComparison.Ordinal);
        Assert.True(report.TokenByToken!.QuantizedSqnrDb < 30);
    }

    [Fact]
    public async Task A_model_without_a_past_reads_at_once_alone()
    {
        var report = await CompareAsync(SmallDecoder.Of(withPast: false), SmallDecoder.Of(withPast: false), withTime: true);

        Assert.Null(report.TokenByToken);
        Assert.Null(report.Speeds!.TokenByToken);
        Assert.True(report.Speeds.AtOnce is { Float: > 0, Quantized: > 0 });
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        var image = new ModelBuilder().Input("x", 1, 2).Node("Neg", ["x"], "y").Output("y", 1, 2).Build();
        Provoke.Refused(Diagnostics.NotADecoder, () => CompareAsync(image, image));
        var (model, last) = (SmallDecoder.Of(), SmallDecoder.Of());
        Provoke.Refused(Diagnostics.FolderNotUnderstood, () => DecoderComparer.CompareAsync(_folder.Path, last.ToBytes(), File()));

        Refused(Npy.Of(_tokens.Select(token => token + 1).ToArray(), Rows, Length), "holds token 16");
        Refused(Npy.Of(_tokens, Rows * Length, 1), "fewer than two tokens");

        void Refused(byte[] bytes, string words)
        {
            var tokens = _folder.Write("wrong.npy", bytes);
            var fault = Provoke.Refused(Diagnostics.TokensWrong, () => DecoderComparer.CompareAsync(model.ToBytes(), last.ToBytes(), tokens));
            Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_command_tells_both_ways_and_the_speed()
    {
        Directory.CreateDirectory(_folder.File("genai"));
        _folder.Write("genai/model.onnx", SmallDecoder.Of().ToBytes());
        _folder.Write("genai/genai_config.json", """{ "model": { "decoder": { "filename": "model.onnx" } } }"""u8.ToArray());
        string[] line = ["compare", _folder.File("genai"), _folder.File("genai/model.onnx"), "--tokens", File()];

        var text = (await Quantfn.RunAsync([.. line, "--time"])).Done();
        var json = (await Quantfn.RunAsync([.. line, "--json"])).Json();

        Assert.Matches(@"Rows       6, 42 tokens\n[\s\S]*\n  at once +6 +\d+\.\d{3} +\d+\.\d{3} +0 +100\.00 % +equal\n  token by token +4 ", text);
        Assert.Matches(@"\n  7 at once +[\d.]+ +[\d.]+ +[\d.]+x\n  token by token +[\d.]+ ", text);
        Assert.Equal(6, json.GetProperty("rows").GetInt32());
        Assert.Equal(4, json.GetProperty("tokenByToken").GetProperty("rows").GetInt32());
        Assert.False(json.TryGetProperty("speeds", out _));
    }

    [Fact]
    public async Task The_command_takes_tokens_or_data()
    {
        var model = _folder.Write("model.onnx", SmallDecoder.Of().ToBytes());

        (await Quantfn.RunAsync("compare", model, model)).IsBadInput("--data", "--tokens");
        (await Quantfn.RunAsync("compare", model, model, "--tokens", File(), "--processors")).IsBadInput("--processors");
        (await Quantfn.RunAsync("compare", model, model, "--tokens", File(), "--data", File())).IsBadInput("--data");
        (await Quantfn.RunAsync("compare", model, model, "--tokens", _folder.File("none.npz:test"))).IsBadInput("none.npz");
    }

    [SharedFact]
    public async Task A_trained_decoder_has_the_perplexity_that_it_was_measured_to_have()
    {
        var contrib = Shared.Model("decoder/contrib");

        var report = await DecoderComparer.CompareAsync(
            contrib, Shared.Model("decoder/plain/model.onnx"), SampleData.FromFile(Shared.Model("decoder/tokens.npz")).WithArray("test"));

        Assert.Equal(14.149, report.AtOnce.FloatPerplexity, 3);
        Assert.Equal(14.149, report.AtOnce.QuantizedPerplexity, 3);
        Assert.True(report.AtOnce.Kl < 1e-6);
        Assert.Equal(report.TokenByToken!.AtOnce.FloatPerplexity, report.TokenByToken.Cached.FloatPerplexity, 3);
        Assert.DoesNotContain(report.Warnings, warning => warning.Code == Diagnostics.CacheDisagrees.Code);
    }

    private string File() => _folder.Write("tokens.npy", Npy.Of(_tokens, Rows, Length));

    private Task<DecoderComparison> CompareAsync(OnnxModel real, OnnxModel other, bool withTime = false) =>
        DecoderComparer.CompareAsync(
            ModelSource.FromBytes(real.ToBytes(), "real.onnx"), ModelSource.FromBytes(other.ToBytes(), "test.onnx"), File(), withTime);

    private double[][] Probabilities(OnnxModel model)
    {
        using var session = new InferenceSession(model.ToBytes());
        using var tokens = OrtValue.CreateTensorValueFromMemory(_tokens, [Rows, Length]);
        using var mask = OrtValue.CreateTensorValueFromMemory(Enumerable.Repeat(1L, Rows * Length).ToArray(), [Rows, Length]);
        using var past = OrtValue.CreateTensorValueFromMemory(Array.Empty<float>(), [Rows, 2, 0, 4]);
        using var options = new RunOptions();
        using var results = session.Run(
            options, ["input_ids", "attention_mask", "past_key_values.0.key"], [tokens, mask, past], ["logits"]);
        return [.. results[0].GetTensorDataAsSpan<float>().ToArray().Chunk(SmallDecoder.Choices).Select(scores =>
        {
            var exponentials = scores.Select(score => Math.Exp(score)).ToList();
            return exponentials.Select(one => one / exponentials.Sum()).ToArray();
        })];
    }
}
