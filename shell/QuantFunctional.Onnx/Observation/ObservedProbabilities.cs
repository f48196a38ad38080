namespace QuantFunctional.Onnx.Observation;

/// <summary>The result of a Softmax, and what its probabilities lose by the only steps that ONNX Runtime's kernel has.</summary>
internal sealed class ObservedProbabilities(string name, string output, long[]? dims) : ObservedTensor(name, output, dims)
{
    private const double Steps = 256;

    private readonly ExactSums _power = new(1);
    private readonly ExactSums _lost = new(1);

    /// <summary>What was seen so far.</summary>
    public ProbabilitiesJson Sums => new(Name, _power.Sums, _lost.Sums);

    /// <summary>The power of the probabilities over that of what rounding to 1/256 changes in them; +∞ where it changes nothing.</summary>
    public static double Ratio(ProbabilitiesJson seen) =>
        seen.Lost.Mean(0, 1) is var lost && lost == 0 ? double.PositiveInfinity : seen.Power.Mean(0, 1) / lost;

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

        // what fills up a run is a sample again
        if (History.CountsSamples && double.IsFinite(power))
        {
            _power.AddAll([(float)power]);
            _lost.AddAll([(float)lost]);
        }

        return base.TryAdd(values, sample, isFirstHalf);
    }
}
