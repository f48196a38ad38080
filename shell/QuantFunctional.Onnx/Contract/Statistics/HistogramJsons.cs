namespace QuantFunctional.Onnx;

/// <summary>A histogram as a file holds it.</summary>
internal static class HistogramJsons
{
    /// <summary>The form of a histogram in a file.</summary>
    internal static HistogramJson Of(ValueHistogram histogram) => new(
        histogram.Exponent, histogram.Zeros,
        [.. histogram.Negative[..FSharp.ValueHistogram.top(histogram.Negative)]],
        [.. histogram.Positive[..FSharp.ValueHistogram.top(histogram.Positive)]]);

    /// <summary>The histogram; what cannot be one is refused with a text.</summary>
    internal static bool TryOpen(this HistogramJson json, out ValueHistogram? histogram, out string? refusal)
    {
        var bins = FSharp.ValueHistogram.bins;
        var result = FSharp.ValueHistogram.create(json.Exponent, json.Zeros, [.. Filled(json.Negative)], [.. Filled(json.Positive)]);
        histogram = result.IsOk ? result.ResultValue : null;
        refusal = result.IsOk ? null : result.ErrorValue;
        return result.IsOk;

        IEnumerable<long> Filled(IReadOnlyList<long> counts) => counts.Concat(Enumerable.Repeat(0L, Math.Max(0, bins - counts.Count)));
    }

    /// <summary>The histogram of a file that was checked.</summary>
    internal static ValueHistogram Open(this HistogramJson json) => json.TryOpen(out var histogram, out var refusal)
        ? histogram!
        : throw new InvalidOperationException(refusal);
}
