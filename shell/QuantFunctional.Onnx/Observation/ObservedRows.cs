namespace QuantFunctional.Onnx.Observation;

/// <summary>The largest value of each row that a Softmax reads, of which the smallest ones count.</summary>
internal sealed class ObservedRows(string name, string output, long[]? dims, string tensor)
    : ObservedTensor(name, output, dims)
{
    private float _lowest = float.PositiveInfinity;
    private float _lowestUnmasked = float.PositiveInfinity;

    /// <summary>The tensor that the Softmax reads.</summary>
    public string Rows { get; } = tensor;

    /// <summary>What was seen so far.</summary>
    public RowsJson Maxima => new(Rows, Seen(_lowest), Seen(_lowestUnmasked));

    /// <inheritdoc/>
    public override bool TryAdd(ReadOnlySpan<float> values, long sample, bool isFirstHalf)
    {
        foreach (var value in values)
        {
            // a row of -infinities alone gives NaN, which the Softmax itself shows
            if (!float.IsFinite(value))
                continue;
            _lowest = MathF.Min(_lowest, value);
            if (value > SoftmaxRows.Masked)
                _lowestUnmasked = MathF.Min(_lowestUnmasked, value);
        }

        return true;
    }

    // a zero is +0, whichever came first
    private static double? Seen(float lowest) => float.IsPositiveInfinity(lowest) ? null : lowest + 0f;
}
