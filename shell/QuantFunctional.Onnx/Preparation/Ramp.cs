namespace QuantFunctional.Onnx.Preparation;

/// <summary>A line in one number that is cut at two bounds, or its product with the number: what most pieces of a hard-swish are.</summary>
/// <param name="Slope">The line's slope.</param>
/// <param name="Offset">Its value at zero.</param>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
/// <param name="IsGate">Whether all of it is multiplied by the number.</param>
internal readonly record struct Ramp(double Slope, double Offset, double Low, double High, bool IsGate)
{
    // what exporters make of 1/6: a few last bits of float32, or seven digits
    private const double Tolerance = 1.0 / (1 << 21);

    /// <summary>The number itself.</summary>
    internal static readonly Ramp Line = new(1, 0, double.NegativeInfinity, double.PositiveInfinity, false);

    /// <summary>Whether it is clamp(slope · x + offset, 0, 1).</summary>
    internal bool IsHardSigmoid => !IsGate && IsFromZeroToOne && Slope > 0 && float.IsNormal((float)Slope) && float.IsFinite((float)Offset);

    /// <summary>Whether it is x · clamp(x / 6 + 1/2, 0, 1).</summary>
    internal bool IsHardSwish => IsGate && IsFromZeroToOne && IsNear(6 * Slope, 1) && IsNear(Offset, 0.5);

    private bool IsFromZeroToOne => Low == 0 && IsNear(High, 1);

    private bool IsLine => !IsGate && double.IsNegativeInfinity(Low) && double.IsPositiveInfinity(High);

    /// <summary>Its product with a constant; null where that is zero.</summary>
    internal Ramp? Times(double factor)
    {
        if (factor == 0 || !double.IsFinite(factor))
            return null;
        var (low, high) = factor > 0 ? (Low, High) : (High, Low);
        return this with { Slope = Slope * factor, Offset = Offset * factor, Low = low * factor, High = high * factor };
    }

    /// <summary>Its sum with a constant; null for what is multiplied by the number.</summary>
    internal Ramp? Plus(double shift) =>
        IsGate ? null : this with { Offset = Offset + shift, Low = Low + shift, High = High + shift };

    /// <summary>What lies between two bounds; null for what is multiplied by the number.</summary>
    internal Ramp? Between(double low, double high) =>
        IsGate || !(low < high) ? null : this with { Low = Math.Clamp(Low, low, high), High = Math.Clamp(High, low, high) };

    /// <summary>The product of two, one of which is a multiple of the number; null for all else.</summary>
    internal static Ramp? Product(Ramp first, Ramp second)
    {
        var (line, other) = first.IsLine ? (first, second) : (second, first);
        return line is { IsLine: true, Offset: 0 } && other is { IsGate: false, IsLine: false }
            ? (other with { IsGate = true }).Times(line.Slope)
            : null;
    }

    private static bool IsNear(double value, double wanted) => Math.Abs(value - wanted) <= Tolerance * wanted;
}
