namespace QuantFunctional.Onnx;

/// <summary>What a model was calibrated with.</summary>
/// <param name="Samples">How many samples were used.</param>
/// <param name="Inputs">The model's inputs in its order.</param>
/// <param name="Tensors">How many tensors were observed.</param>
/// <param name="Constant">How many of them took one value only.</param>
/// <param name="Growing">
/// How many of them had a range that the last half of the samples widened by more than a tenth: more samples would widen it
/// further.
/// </param>
public sealed record CalibrationReport(
    long Samples, IReadOnlyList<CalibratedInput> Inputs, int Tensors, int Constant, int Growing)
{
    /// <summary>
    /// What tells the samples from others: SHA-256, in hexadecimal, over their number and the sum modulo 2^256 of each sample's own,
    /// which knows its place and each input's name and SHA-256. So it can be had of shards, too. Two calibrations with the same one
    /// give the same plan.
    /// </summary>
    public string Digest { get; init; } = "";

    /// <summary>Whether all of this was taken from statistics, and no sample was run for it.</summary>
    public bool FromStatistics { get; init; }
}

/// <summary>What the samples feed to an input.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Min">The smallest element; positive infinity where it has none, as the past of a decoder's first run. JSON has <c>null</c> then.</param>
/// <param name="Max">The largest element; negative infinity where it has none.</param>
/// <param name="Mean">The mean of all elements; 0 where it has none.</param>
public sealed record CalibratedInput(string Name, double Min, double Max, double Mean);
