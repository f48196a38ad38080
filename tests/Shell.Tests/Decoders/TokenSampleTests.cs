using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Decoders;

/// <summary>A decoder is fed with tokens alone as with all its inputs, of which the past is empty at the first run.</summary>
public sealed class TokenSampleTests : IDisposable
{
    private const int Rows = 40;
    private const int Length = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly long[] _tokens = SmallDecoder.Tokens(Rows, Length);

    private string Model => _folder.Write("decoder.onnx", SmallDecoder.Of().ToBytes());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Samples_with_an_empty_past_calibrate_compare_and_round_by_moments()
    {
        var model = Model;
        var whole = Whole();

        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = model,
            Calibration = whole,
            Comparison = whole,
            OutputPath = _folder.File("int8.onnx"),
        });
        Assert.Equal(Rows, report.Comparison!.Samples);
        Assert.True(report.Comparison.Outputs.Single(output => output.Name == "logits").SqnrDb > 25);
        Assert.DoesNotContain(report.Warnings, warning => warning.Code == Diagnostics.InputsMade.Code);

        var weights = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = model,
            Calibration = whole,
            OutputPath = _folder.File("w8.onnx"),
        });
        Assert.NotNull(weights.Check);
        Assert.DoesNotContain(weights.Warnings, warning => warning.Code == Diagnostics.NearestWeights.Code);
    }

    [Fact]
    public async Task Tokens_alone_are_the_same_samples_and_the_report_says_what_was_made()
    {
        var model = Model;
        var file = _folder.Write("tokens.npy", Npy.Of(_tokens, Rows, Length));

        var (tokens, whole) = (await ModelComparer.CompareAsync(model, model, file), await ModelComparer.CompareAsync(model, model, Whole()));

        Assert.Equal(whole.Digest, tokens.Digest);
        Assert.Empty(whole.Warnings);
        var warning = Provoke.Warned(Diagnostics.InputsMade, tokens.Warnings);
        Assert.Contains("`attention_mask` of ones, `past_key_values.0.key` empty, as", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_verb_that_reads_tokens_tells_what_was_made()
    {
        var model = Model;
        var file = _folder.Write("tokens.npy", Npy.Of(_tokens, Rows, Length));
        string[][] lines =
        [
            ["calibrate", model, "--data", file, "-o", _folder.File("statistics.json")],
            ["sensitivity", model, "--data", file],
        ];

        foreach (var line in lines)
        {
            var outcome = await Quantfn.RunAsync(line);
            Assert.Equal(0, outcome.ExitCode);
            Assert.EndsWith($"the data holds tokens alone [{Diagnostics.InputsMade.Code}]", outcome.Error.TrimEnd(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_array_of_several_is_chosen_by_name()
    {
        var model = Model;
        var file = Archive("two.npz", ("a", _tokens), ("b", SmallDecoder.Tokens(Rows, Length, seed: 2)));
        var alone = Archive("a.npz", ("a", _tokens));

        var fault = Provoke.Refused(Diagnostics.ArrayAmbiguous, () => ModelComparer.CompareAsync(model, model, file));
        Assert.Contains("two.npz:ARRAY", fault.Message, StringComparison.Ordinal);
        Provoke.Refused(Diagnostics.ArrayMissing, () => ModelComparer.CompareAsync(model, model, SampleData.FromFile(file).WithArray("c")));
        var chosen = await ModelComparer.CompareAsync(model, model, SampleData.FromFile(file).WithArray("a"));
        Assert.Equal((await ModelComparer.CompareAsync(model, model, alone)).Digest, chosen.Digest);
    }

    [Fact]
    public async Task Rows_of_several_lengths_lie_in_files_of_a_folder()
    {
        Directory.CreateDirectory(_folder.File("rows"));
        foreach (var length in new[] { 3, 5, 9 })
            _folder.Write(FormattableString.Invariant($"rows/{length}.npy"), Npy.Of(SmallDecoder.Tokens(1, length), length));

        var report = await ModelComparer.CompareAsync(Model, Model, _folder.File("rows"));

        Assert.Equal(3, report.Samples);
        Assert.Single(report.Warnings, warning => warning.Code == Diagnostics.InputsMade.Code);
    }

    [Fact]
    public async Task Samples_from_memory_may_be_tokens_alone()
    {
        var samples = SampleData.From(Enumerable.Range(0, Rows).Select(row => new Sample
        {
            { "input_ids", _tokens.AsSpan(row * Length, Length).ToArray(), 1, Length },
        }));

        Assert.Equal(
            (await ModelComparer.CompareAsync(Model, Model, Whole())).Digest, (await ModelComparer.CompareAsync(Model, Model, samples)).Digest);
    }

    [Fact]
    public void What_is_no_row_of_tokens_is_refused()
    {
        var reals = _folder.Write("reals.npy", Npy.Of(Draw(), Rows, Length));
        var deep = _folder.Write("deep.npy", Npy.Of(_tokens, Rows, 2, Length / 2));

        Assert.Equal("input_ids", Provoke.Refused(Diagnostics.TokensWrong, () => ModelComparer.CompareAsync(Model, Model, reals)).Node);
        Provoke.Refused(Diagnostics.TokensWrong, () => ModelComparer.CompareAsync(Model, Model, deep));

        float[] Draw() => [.. _tokens.Select(token => (float)token)];
    }

    private string Whole()
    {
        var path = _folder.File("whole.npz");
        File.Delete(path);
        Npy.Archive(
            path,
            ("input_ids", Npy.Of(_tokens, Rows, Length)),
            ("attention_mask", Npy.Of(Enumerable.Repeat(1L, Rows * Length).ToArray(), Rows, Length)),
            ("past_key_values.0.key", Npy.Of<float>([], Rows, 2, 0, 4)));
        return path;
    }

    private string Archive(string name, params (string Name, long[] Tokens)[] arrays)
    {
        var path = _folder.File(name);
        Npy.Archive(path, [.. arrays.Select(array => (array.Name, Npy.Of(array.Tokens, Rows, Length)))]);
        return path;
    }
}
