using System.Globalization;

namespace QuantFunctional.Onnx;

/// <summary>A part of some samples: of shard K of N those whose index, from 0, leaves the rest K - 1 when it is divided by N.</summary>
/// <param name="Index">Which part, from 1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many parts there are.</param>
public sealed record DataShard(int Index, int Count)
{
    /// <summary>All samples.</summary>
    public static DataShard Whole { get; } = new(1, 1);

    /// <summary>Whether there is such a part.</summary>
    internal bool IsOne => Index >= 1 && Index <= Count;

    /// <summary>Whether a sample belongs to it.</summary>
    internal bool Holds(long sample) => sample % Count == Index - 1;

    /// <summary>How many of so many samples belong to it.</summary>
    internal long Size(long samples) => samples < Index ? 0 : ((samples - Index) / Count) + 1;

    /// <summary>Whether some sample can belong to both.</summary>
    internal bool Overlaps(DataShard other)
    {
        var (common, rest) = (Count, other.Count);
        while (rest != 0)
            (common, rest) = (rest, common % rest);
        return (Index - other.Index) % common == 0;
    }

    /// <summary>As <c>--shard</c> names it: K/N.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
