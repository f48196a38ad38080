using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>The mean of each number that the weights of a layer are multiplied with.</summary>
/// <remarks>ONNX Runtime averages within a sample, in float32; samples are added exactly.</remarks>
internal sealed class ObservedMeans(string name, string output, long[]? dims, string layer) : ObservedTensor(name, output, dims)
{
    private ExactSums? _sums;
    private long _rows;
    private int _length;

    /// <summary>The first output of the layer's node.</summary>
    public string Layer { get; } = layer;

    /// <summary>What was seen so far.</summary>
    public LayerInputJson Sums => new(Layer, _rows, _sums?.Sums ?? new SumsJson(0, []));

    /// <inheritdoc/>
    protected override bool TryAddRun(ReadOnlySpan<float> values, IReadOnlyList<long> dims, SampleSource samples)
    {
        // a tensor in a branch that a sample does not run is empty then
        if (values.IsEmpty)
            return true;
        var rows = samples.Batch == 1 ? 1 : (int)dims[0];
        var length = values.Length / rows;
        if (_sums is null)
            (_sums, _length) = (new ExactSums(length), length);
        if (length != _length)
            throw new InvalidOperationException($"The layer '{Layer}' reads {length} means where it read {_length}.");
        var counted = samples.CountedRows(rows);
        for (var row = 0; row < counted; row++)
            _sums.Add(values.Slice(row * length, length));
        _rows += counted;
        return true;
    }
}
