using System.Numerics;
using System.Runtime.InteropServices;

namespace QuantFunctional.Onnx.Observation;

/// <summary>The smallest and the largest value that a tensor took.</summary>
/// <remarks>A zero is +0, since which of −0 and +0 comes first must not be seen.</remarks>
internal readonly record struct ObservedRange(float Min, float Max)
{
    /// <summary>The smallest value.</summary>
    public float Min { get; init; } = Min + 0f;

    /// <summary>The largest value.</summary>
    public float Max { get; init; } = Max + 0f;

    /// <summary>The range of no value at all; joining it with another gives the other.</summary>
    public static ObservedRange Empty => new(float.PositiveInfinity, float.NegativeInfinity);

    /// <summary>Whether no value was seen.</summary>
    public bool IsEmpty => Min > Max;

    /// <summary>How far the values are apart, 0 included, as an encoding covers them.</summary>
    public double Width => IsEmpty ? 0 : Math.Max(Max, 0.0) - Math.Min(Min, 0.0);

    /// <summary>The range that holds both.</summary>
    public ObservedRange Join(ObservedRange other) => new(MathF.Min(Min, other.Min), MathF.Max(Max, other.Max));

    /// <summary>The range that a file holds.</summary>
    public static ObservedRange Of(BoundsJson? bounds) =>
        bounds is null ? Empty : new ObservedRange((float)bounds.Min, (float)bounds.Max);

    /// <summary>The range as a file holds it; null where it is empty.</summary>
    public BoundsJson? ToJson() => IsEmpty ? null : new BoundsJson(Min, Max);

    /// <summary>The range of all values; false when one is NaN or infinite.</summary>
    /// <remarks>
    /// Minimum and maximum do not depend on an order, so that the result is the same for every vector width. Hardware
    /// minima pass over NaN; that a value is not finite shows in v − v, which is +0 for every other value.
    /// </remarks>
    public static bool TryOf(ReadOnlySpan<float> values, out ObservedRange range)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> min0 = new(float.PositiveInfinity), min1 = min0, max0 = -min0, max1 = max0;
        Vector<int> fault0 = default, fault1 = default;
        var i = 0;
        for (; i < vectors.Length - 3; i += 4)
        {
            var (a, b, c, d) = (vectors[i], vectors[i + 1], vectors[i + 2], vectors[i + 3]);
            min0 = Vector.MinNative(min0, Vector.MinNative(a, b));
            min1 = Vector.MinNative(min1, Vector.MinNative(c, d));
            max0 = Vector.MaxNative(max0, Vector.MaxNative(a, b));
            max1 = Vector.MaxNative(max1, Vector.MaxNative(c, d));
            fault0 |= Fault(a) | Fault(b);
            fault1 |= Fault(c) | Fault(d);
        }

        min0 = Vector.MinNative(min0, min1);
        max0 = Vector.MaxNative(max0, max1);
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            min = MathF.Min(min, min0[lane]);
            max = MathF.Max(max, max0[lane]);
        }

        var finite = Vector.EqualsAll(fault0 | fault1, Vector<int>.Zero);
        foreach (var value in values[(i * Vector<float>.Count)..])
        {
            min = MathF.Min(min, value);
            max = MathF.Max(max, value);
            finite &= float.IsFinite(value);
        }

        range = new ObservedRange(min, max);
        return finite;
    }

    /// <summary>The range of the finite values among others; <see cref="Empty"/> where there is none.</summary>
    public static ObservedRange OfFinite(ReadOnlySpan<float> values, out bool someNaN)
    {
        someNaN = false;
        var (min, max) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            someNaN |= float.IsNaN(value);
            if (!float.IsFinite(value))
                continue;
            min = MathF.Min(min, value);
            max = MathF.Max(max, value);
        }

        return new ObservedRange(min, max);
    }

    private static Vector<int> Fault(Vector<float> values) => Vector.AsVectorInt32(values - values);
}
