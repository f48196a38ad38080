using System.Collections.Immutable;

namespace QuantFunctional.Onnx.Model;

/// <summary>How two operands meet along the innermost axis on which one of them is larger than 1.</summary>
/// <remarks>
/// ONNX Runtime looks no further than the axes that both have; where the operands are 1 on all of these, the first counts as
/// the one that repeats.
/// </remarks>
internal static class JoinShapes
{
    /// <summary>How operands of known shapes meet.</summary>
    internal static JoinRuns Runs(IReadOnlyList<int> one, IReadOnlyList<int> other) =>
        Possible([.. one.Select(size => (long)size)], [.. other.Select(size => (long)size)]).Single();

    /// <summary>Every way in which operands can meet.</summary>
    /// <param name="one">The first operand's dimensions, -1 where one is not known; null where not even their number is.</param>
    /// <param name="other">The second operand's.</param>
    internal static ImmutableArray<JoinRuns> Possible(IReadOnlyList<long>? one, IReadOnlyList<long>? other)
    {
        JoinRuns[] all = [JoinRuns.Alike, JoinRuns.FirstRepeats, JoinRuns.SecondRepeats];
        if (one is null || other is null)
            return [.. all];
        var found = new HashSet<JoinRuns>();
        var shared = Math.Max(1, Math.Min(one.Count, other.Count));
        for (var back = 1; back <= shared; back++)
        {
            var (first, second) = (Size(one, back), Size(other, back));
            var bothRepeat = MayBeOne(first) && MayBeOne(second);
            if (MayBeOne(first) && (MayBeMore(second) || back == shared))
                found.Add(JoinRuns.FirstRepeats);
            if (MayBeOne(second) && MayBeMore(first))
                found.Add(JoinRuns.SecondRepeats);
            if (MayBeMore(first) && MayBeMore(second))
                found.Add(JoinRuns.Alike);
            if (!bothRepeat)
                break;
        }

        return [.. all.Where(found.Contains)];
    }

    private static long Size(IReadOnlyList<long> dims, int back) => back <= dims.Count ? dims[^back] : 1;

    private static bool MayBeOne(long size) => size is 1 or < 0;

    private static bool MayBeMore(long size) => size != 1;
}
