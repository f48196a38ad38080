namespace QuantFunctional.Onnx.Observation;

/// <summary>The result of a Softmax, and what its probabilities lose by the only steps that ONNX Runtime's kernel has.</summary>
internal sealed class ObservedProbabilities(string name, string output, long[]? dims) : ObservedTensor(name, output, dims)
{
    private const double Steps = 256;

    private double _power;
    private double _lost;

    /// <summary>The power of the probabilities over that of what rounding to 1/256 changes in them; +∞ where it changes nothing.</summary>
    public double Ratio => _lost == 0 ? double.PositiveInfinity : _power / _lost;

    /// <inheritdoc/>
    public override bool TryAdd(ReadOnlySpan<float> values, long sample, bool isFirstHalf)
    {
        // each sample by itself, in the order of its elements
        var (power, lost) = (0.0, 0.0);
        foreach (var value in values)
        {
            var rounded = Math.Min(Math.Round(value * Steps), Steps - 1) / Steps;
            power += (double)value * value;
            lost += (value - rounded) * (value - rounded);
        }

        if (double.IsFinite(power))
            (_power, _lost) = (_power + power, _lost + lost);
        return base.TryAdd(values, sample, isFirstHalf);
    }
}
