namespace QuantFunctional.Onnx;

/// <summary>
/// What two parts of some samples showed together. Nothing is rounded or resampled, so that neither the order of merges nor the
/// split into parts can be seen in the result.
/// </summary>
internal static class ObservedMerge
{
    /// <summary>As many samples as a tensor's widest ones are kept of.</summary>
    internal const int MostWidest = 8;

    /// <summary>Merges two parts that observed the same.</summary>
    internal static ObservedJson Of(ObservedJson one, ObservedJson other) => new(
        one.Samples + other.Samples,
        SampleDigests.Text(SampleDigests.Sum(one.Digest) + SampleDigests.Sum(other.Digest)),
        [.. one.Inputs.Zip(other.Inputs, Of)],
        [.. one.Tensors.Zip(other.Tensors, Of)],
        [.. one.Rows.Zip(other.Rows, (first, second) => new RowsJson(
            first.Tensor, Least(first.Lowest, second.Lowest), Least(first.LowestUnmasked, second.LowestUnmasked)))],
        [.. one.Probabilities.Zip(other.Probabilities, (first, second) => new ProbabilitiesJson(
            first.Tensor, SumsOf.Added(first.Power, second.Power), SumsOf.Added(first.Lost, second.Lost)))],
        [.. one.LayerInputs.Zip(other.LayerInputs, Of)]);

    private static InputJson Of(InputJson one, InputJson other)
    {
        var mayBePixels = one.MayBePixels && other.MayBePixels;
        return new InputJson(
            one.Name, one.GivenOnce, one.Elements + other.Elements, SumsOf.Added(one.Sum, other.Sum),
            mayBePixels, mayBePixels && (one.SomeGrey || other.SomeGrey), Joined(one.Range, other.Range));
    }

    private static ObservedTensorJson Of(ObservedTensorJson one, ObservedTensorJson other) => new(
        one.Name,
        one.Samples + other.Samples,
        HistogramJsons.Of(FSharp.ValueHistogram.merge(one.Histogram.Open(), other.Histogram.Open())),
        Of(one.Widths, other.Widths),
        Of(one.Widest, other.Widest),
        Joined(one.Range, other.Range),
        Joined(one.FirstHalf, other.FirstHalf),
        one.Infinities is { } first && other.Infinities is { } second
            ? new InfinitiesJson(first.Positive || second.Positive, first.Negative || second.Negative, Math.Min(first.Sample, second.Sample))
            : one.Infinities ?? other.Infinities);

    private static WidthsJson Of(WidthsJson one, WidthsJson other)
    {
        var counts = new SortedDictionary<int, long>();
        foreach (var (bin, count) in one.Bins.Concat(other.Bins).Zip(one.Counts.Concat(other.Counts)))
            counts[bin] = counts.GetValueOrDefault(bin) + count;
        return new WidthsJson([.. counts.Keys], [.. counts.Values]);
    }

    private static WidestJson Of(WidestJson one, WidestJson other)
    {
        var widest = one.Widths.Concat(other.Widths)
            .Zip(one.Samples.Concat(other.Samples), (width, sample) => (Width: width, Sample: sample))
            .OrderByDescending(wide => wide.Width)
            .ThenBy(wide => wide.Sample)
            .Take(MostWidest)
            .ToList();
        return new WidestJson([.. widest.Select(wide => wide.Width)], [.. widest.Select(wide => wide.Sample)]);
    }

    private static LayerInputJson Of(LayerInputJson one, LayerInputJson other) => one.Rows == 0 ? other
        : other.Rows == 0 ? one
        : new LayerInputJson(one.Output, one.Rows + other.Rows, SumsOf.Added(one.Sums, other.Sums));

    private static BoundsJson? Joined(BoundsJson? one, BoundsJson? other) => one is null || other is null
        ? one ?? other
        : new BoundsJson(Math.Min(one.Min, other.Min), Math.Max(one.Max, other.Max));

    private static double? Least(double? one, double? other) =>
        one is { } first && other is { } second ? Math.Min(first, second) : one ?? other;
}
