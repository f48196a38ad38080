using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A text that a decoder reads in ONNX Runtime, in one run or in several.</summary>
/// <param name="model">The decoder.</param>
/// <param name="inputs">Its inputs.</param>
internal sealed class DecoderRun(ComparedModel model, DecoderInputs inputs) : IDisposable
{
    private const string Scores = "logits";

    private readonly RunOptions _options = new();
    private readonly List<OrtValue> _past = [];
    private long _read;

    private string ScoresName => model.Session.OutputNames.Contains(Scores) ? Scores : model.Session.OutputNames[0];

    /// <summary>Whether the model keeps what a later run needs of the tokens that it has read.</summary>
    internal bool KeepsPast =>
        inputs.Past.Count > 0 && inputs.Past.All(past => model.Session.OutputNames.Contains(DecoderInputs.PresentOf(past)));

    /// <summary>How many tokens the model says that there are; null where it does not say.</summary>
    internal int? Choices => model.Session.OutputMetadata[ScoresName].Dimensions is [.., > 1 and var choices] ? choices : null;

    /// <summary>Begins a text, of which nothing was read.</summary>
    internal void Begin()
    {
        _past.ForEach(past => past.Dispose());
        _past.Clear();
        _read = 0;
        foreach (var past in inputs.Past)
        {
            _past.Add(OrtValue.CreateAllocatedTensorValue(
                OrtAllocator.DefaultInstance, model.Session.InputMetadata[past.Name].ElementDataType, DecoderInputs.Empty(past, 1)));
        }
    }

    /// <summary>Reads the next tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="keepsPast">Whether others follow them.</param>
    /// <exception cref="QuantException">ONNX Runtime fails, or gives no row of scores for each token.</exception>
    internal TokenScores Next(long[] tokens, bool keepsPast)
    {
        var all = _read + tokens.Length;
        var fed = new Dictionary<string, OrtValue> { [inputs.Tokens.Name] = Whole(inputs.Tokens, tokens) };
        if (inputs.Mask is { } mask)
            fed.Add(mask.Name, Whole(mask, Enumerable.Repeat(1L, (int)all).ToArray()));
        if (inputs.Positions is { } positions)
            fed.Add(positions.Name, Whole(positions, [.. Enumerable.Range(0, tokens.Length).Select(i => _read + i)]));
        var made = fed.Values.ToList();
        foreach (var (input, value) in inputs.Past.Zip(_past))
            fed.Add(input.Name, value);
        try
        {
            return Run(fed, tokens.Length, keepsPast);
        }
        finally
        {
            made.ForEach(value => value.Dispose());
        }
    }

    /// <summary>Frees what was kept.</summary>
    public void Dispose()
    {
        _past.ForEach(past => past.Dispose());
        _options.Dispose();
    }

    private TokenScores Run(Dictionary<string, OrtValue> fed, int tokens, bool keepsPast)
    {
        string[] outputs = [ScoresName, .. keepsPast ? inputs.Past.Select(DecoderInputs.PresentOf) : []];
        List<OrtValue> results;
        try
        {
            results = [.. model.Session.Run(_options, [.. fed.Keys], [.. fed.Values], outputs)];
        }
        catch (OnnxRuntimeException fault)
        {
            throw Diagnostics.ComparisonFails.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{model.Model.Path}: ONNX Runtime fails on {tokens} tokens behind {_read} ({fault.Message})."),
                file: model.Model.Path, inner: fault);
        }

        if (keepsPast)
        {
            _past.ForEach(past => past.Dispose());
            _past.Clear();
            _past.AddRange(results.Skip(1));
            _read += tokens;
        }

        var fact = results[0].GetTensorTypeAndShape();
        if (fact.Shape is [1, var rows, > 1] && rows == tokens
            && fact.ElementDataType is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.BFloat16)
            return new TokenScores(results[0], model.Model.Path);
        results[0].Dispose();
        throw TokenRows.NoDecoder(model.Model, string.Create(CultureInfo.InvariantCulture,
            $"output `{outputs[0]}` has the shape {Shapes.Text(fact.Shape)} for {tokens} tokens, not a row of real scores for each"));
    }

    private static OrtValue Whole(ModelInput input, long[] values) => input.Type == Format.TensorProto.Types.DataType.Int32
        ? OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(values, value => (int)value), [1, values.Length])
        : OrtValue.CreateTensorValueFromMemory(values, [1, values.Length]);
}
