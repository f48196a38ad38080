using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Counts the values of a tensor, sample after sample, into the bins of a <see cref="ValueHistogram"/>.</summary>
/// <remarks>
/// The bins grow by powers of two as larger values come, and two bins are then one, so that any order of samples counts the
/// same. Multiplying by a power of two is exact, so that every vector width does.
/// </remarks>
internal sealed class ValueCounter
{
    private static readonly int Bins = FSharp.ValueHistogram.bins;

    // positive values, negative ones, and zeros: one counter a lane, since equal neighbours would wait for each other
    private static readonly Vector<int> ZeroBins = new Vector<int>(2 * Bins) + Vector<int>.Indices;

    private readonly long[] _counts = new long[2 * Bins];
    private long _zeros;
    private int _exponent = FSharp.ValueHistogram.lowestExponent;

    /// <summary>What was counted so far.</summary>
    public ValueHistogram Histogram => FSharp.ValueHistogram
        .create(_exponent, _zeros, [.. _counts.AsSpan(Bins)], [.. _counts.AsSpan(0, Bins)])
        .ResultValue;

    /// <summary>Counts some values.</summary>
    /// <param name="values">The values; those that are not finite are left out.</param>
    /// <param name="range">The range of the finite ones.</param>
    /// <param name="areFinite">Whether all are finite.</param>
    public void Add(ReadOnlySpan<float> values, ObservedRange range, bool areFinite)
    {
        if (range.IsEmpty)
            return;
        Widen(FSharp.ValueHistogram.exponentFor(Math.Max(Math.Abs(range.Min), Math.Abs(range.Max))));
        var perUnit = MathF.ScaleB(1, -_exponent);
        var rest = values;
        if (areFinite && values.Length >= 8 * Bins)
        {
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
            Count(vectors, perUnit);
            rest = values[(vectors.Length * Vector<float>.Count)..];
        }

        foreach (var value in rest)
        {
            if (value == 0)
                _zeros++;
            else if (float.IsFinite(value))
                _counts[(int)(MathF.Abs(value) * perUnit) + (value < 0 ? Bins : 0)]++;
        }
    }

    private void Count(ReadOnlySpan<Vector<float>> vectors, float perUnit)
    {
        Span<uint> counts = stackalloc uint[(2 * Bins) + Vector<int>.Count];
        Span<int> bins = stackalloc int[2 * Vector<int>.Count];
        counts.Clear();
        ref var count = ref MemoryMarshal.GetReference(counts);
        ref var bin = ref MemoryMarshal.GetReference(bins);
        ref var twoBins = ref Unsafe.As<int, Vector<int>>(ref bin);
        var i = 0;
        for (; i < vectors.Length - 1; i += 2)
        {
            twoBins = BinsOf(vectors[i], perUnit);
            Unsafe.Add(ref twoBins, 1) = BinsOf(vectors[i + 1], perUnit);
            for (var lane = 0; lane < 2 * Vector<int>.Count; lane += 4)
            {
                Unsafe.Add(ref count, Unsafe.Add(ref bin, lane))++;
                Unsafe.Add(ref count, Unsafe.Add(ref bin, lane + 1))++;
                Unsafe.Add(ref count, Unsafe.Add(ref bin, lane + 2))++;
                Unsafe.Add(ref count, Unsafe.Add(ref bin, lane + 3))++;
            }
        }

        if (i < vectors.Length)
        {
            twoBins = BinsOf(vectors[i], perUnit);
            foreach (var one in bins[..Vector<int>.Count])
                counts[one]++;
        }

        for (var k = 0; k < 2 * Bins; k++)
            _counts[k] += counts[k];
        foreach (var zeros in counts[(2 * Bins)..])
            _zeros += zeros;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> BinsOf(Vector<float> values, float perUnit)
    {
        // magnitudes are below 1,024 bins, so that the conversion to integers is exact
        var bins = Vector.ConvertToInt32Native(Vector.Abs(values) * perUnit);
        var sides = Vector.LessThan(values, Vector<float>.Zero) & new Vector<int>(Bins);
        return Vector.ConditionalSelect(Vector.Equals(values, Vector<float>.Zero), ZeroBins, bins + sides);
    }

    private void Widen(int exponent)
    {
        var by = exponent - _exponent;
        if (by <= 0)
            return;
        foreach (var side in new[] { _counts.AsMemory(0, Bins), _counts.AsMemory(Bins) })
        {
            // two bins make one that lies no higher than both, so that it can be done in place
            for (var k = 0; k < Bins; k++)
            {
                var counted = side.Span[k];
                side.Span[k] = 0;
                side.Span[by > 10 ? 0 : k >> by] += counted;
            }
        }

        _exponent = exponent;
    }
}
