using System.Globalization;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps a Concat of unlike things in float where its result is read as real numbers: boxes of 0 to 640 and scores of 0 to 1 in
/// one encoding would leave the scores no step.
/// </summary>
internal static class UnlikeJoins
{
    /// <summary>The nodes that stay in float with the reason: such a Concat, and what only moves its result.</summary>
    internal static IReadOnlyDictionary<string, string> InFloat(Scheme scheme, Observations observed)
    {
        var kept = new Dictionary<string, string>();
        foreach (var parts in ConcatParts.Unlike(scheme, observed))
        {
            if (!parts.IsOutput && !parts.Readers.Any(reader => scheme.IntegerForm(reader) is null))
                continue;
            var name = parts.Join.Node.DisplayName();
            kept.TryAdd(name, Reason(parts));
            foreach (var moved in parts.After)
                kept.TryAdd(moved.Node.DisplayName(), $"it moves what node {name} joins, which stays in float");
        }

        return kept;
    }

    private static string Reason(ConcatParts parts)
    {
        var narrowest = Enumerable.Range(0, parts.Widths.Count).Where(i => parts.Widths[i] > 0).MinBy(i => parts.Widths[i]);
        var widest = Enumerable.Range(0, parts.Widths.Count).MaxBy(i => parts.Widths[i]);
        return string.Create(CultureInfo.InvariantCulture,
            $"one encoding would leave part {narrowest} ({parts.Widths[narrowest]:G3} wide) less than half of its steps beside part {widest} ({parts.Whole:G3} wide)");
    }
}
