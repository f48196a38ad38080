namespace QuantFunctional.Vectors;

/// <summary>How the numbers of test vectors are stored.</summary>
public enum VectorFormat
{
    /// <summary>NumPy's .npy files.</summary>
    Npy,

    /// <summary>
    /// Text that Verilog's <c>$readmemh</c> reads: a word of hex digits on each line, two's complement, and <c>//</c>
    /// before each vector or channel.
    /// </summary>
    Hex,
}

/// <summary>Which test vectors are made of a layer.</summary>
public sealed record VectorOptions
{
    /// <summary>
    /// The input's spatial sizes; null for the smallest at which an output place reads as much of the kernel as any does.
    /// </summary>
    public IReadOnlyList<int>? InputSizes { get; init; }

    /// <summary>How many random inputs follow the corners.</summary>
    public int RandomCount { get; init; } = 16;

    /// <summary>The seed of the random inputs.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How the numbers are stored.</summary>
    public VectorFormat Format { get; init; }
}
