using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Rows of tokens for a decoder, each of which begins a text.</summary>
internal sealed class TokenRows : IDisposable
{
    private readonly SampleSource _samples;
    private readonly InputBuffer _tokens;
    private readonly InputBuffer? _mask;
    private readonly IReadOnlyList<InputBuffer> _past;

    /// <summary>Opens them before the first one.</summary>
    /// <exception cref="QuantException">As of <see cref="SampleSource.Open"/>; or the model is no decoder of one row at a time.</exception>
    internal TokenRows(SampleArrays data, OnnxModel model)
    {
        var decoder = Decoder(model);
        _samples = SampleSource.Open(data, model);
        _tokens = Of(decoder.Tokens)!;
        _mask = Of(decoder.Mask);
        _past = [.. decoder.Past.Select(past => Of(past)!)];
        if (_samples.Batch == 1)
            return;
        _samples.Dispose();
        throw NoDecoder(model, FormattableString.Invariant($"it runs {_samples.Batch} rows at once, and rows are read one by one"));
    }

    /// <summary>The inputs of a model that is fed with tokens.</summary>
    /// <exception cref="QuantException">It is no such model.</exception>
    internal static DecoderInputs Decoder(OnnxModel model) => DecoderInputs.Of(FedModel.Inputs(model, SampleFeed.Usual)) ?? throw NoDecoder(model,
        $"its inputs are {string.Join(", ", model.Inputs.Select(input => $"`{input.Name}`"))}, not `input_ids` of whole numbers with at most "
        + "`attention_mask`, `position_ids` and `past_key_values.…` beside it");

    /// <summary>How many rows there are.</summary>
    internal long Count => _samples.Count;

    /// <summary>The rows that are left, one after the other.</summary>
    /// <exception cref="QuantException">A row is too short, or the data says of it what is not as at the first run of a text.</exception>
    internal IEnumerable<long[]> Read()
    {
        while (_samples.MoveNext())
        {
            var row = Array.ConvertAll(_tokens.Reals(0), token => (long)token);
            if (row.Length < 2)
                throw Wrong("has fewer than two tokens, so that there is no next one to tell");
            if (_past.Any(past => past.Dims is not { } dims || !dims.Contains(0)))
                throw Wrong("has a past, and rows are read from the beginning of a text");
            if (_mask is not null && _mask.Reals(0).Any(counts => counts != 1))
                throw Wrong("has a mask that leaves tokens out; give rows without filling, such as files of a folder, each of its own length");
            yield return row;
        }
    }

    /// <summary>The refusal of the row at hand.</summary>
    internal QuantException Wrong(string what) =>
        Diagnostics.TokensWrong.Fault($"{_samples.Name}: {_samples.Which} (the first is 0) {what}.", file: _samples.Name);

    /// <summary>The refusal of a model that is not fed with tokens.</summary>
    internal static QuantException NoDecoder(OnnxModel model, string why) =>
        Diagnostics.NotADecoder.Fault($"{model.Path}: no decoder that is fed with tokens: {why}.", file: model.Path);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _samples.Dispose();

    private InputBuffer? Of(ModelInput? input) =>
        input is null ? null : _samples.Inputs.Single(buffer => buffer.Name == input.Name);
}
