using System.Globalization;
using QuantFunctional.Documents.Json;

namespace QuantFunctional.Onnx;

/// <summary>Refuses a statistics file whose numbers cannot be what samples showed.</summary>
internal static class StatisticsCheck
{
    private const long MostBytes = 1L << 30;
    private const int MostShards = 4096;

    /// <summary>Refuses a file that is larger than any statistics before it is read.</summary>
    internal static void RefuseLarge(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MostBytes and var length })
        {
            throw Diagnostics.StatisticsTooLarge.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {length} bytes; statistics have no more than {MostBytes}. Name a file that quantfn calibrate wrote."), file: path);
        }
    }

    /// <summary>Requires that the fields fit each other.</summary>
    /// <exception cref="QuantException">Two do not; the message names them.</exception>
    internal static void Require(StatisticsJson document, Place place)
    {
        var (data, observed) = (document.Data, document.Observed);
        Demand(IsDigest(document.Model), place.At("model"), "it is no SHA-256 in hexadecimal");
        Demand(IsDigest(document.Prepared), place.At("prepared"), "it is no SHA-256 in hexadecimal");
        Demand(InOrder(document.Processors) && document.Processors.Count > 0, place.At("processors"), "they are not in order");
        Demand(Ascend(data.Skipped) && data.Skipped.All(index => index >= 0 && index < data.Samples), place.At("data").At("skipped"),
            "they are not in order, or no samples");
        Demand(data.Samples > data.Skipped.Count && data.Batch > 0, place.At("data"), "there is no sample");
        Demand(SampleDigests.IsSum(observed.Digest), place.At("observed").At("digest"), "it is no 64 hexadecimal digits");
        RequireShards(document, place);
        var tensors = place.At("observed").At("tensors");
        for (var i = 0; i < observed.Tensors.Count; i++)
            Require(observed.Tensors[i], data.Samples, tensors.At(i));
        Demand(InOrder(observed.Tensors.Select(tensor => tensor.Name)), tensors, "they are not in order, or named twice");
        Demand(InOrder(observed.Rows.Select(rows => rows.Tensor)), place.At("observed").At("rows"), "they are not in order, or named twice");
        Demand(InOrder(observed.Probabilities.Select(softmax => softmax.Tensor)), place.At("observed").At("probabilities"),
            "they are not in order, or named twice");
        Demand(InOrder(observed.LayerInputs.Select(layer => layer.Output)), place.At("observed").At("layerInputs"),
            "they are not in order, or named twice");
        RequireSums(observed, place.At("observed"));
    }

    private static void RequireShards(StatisticsJson document, Place place)
    {
        List<DataShard> shards = [.. document.Shards.Select(shard => new DataShard(shard.Index, shard.Count))];
        var at = place.At("shards");
        Demand(shards.Count is > 0 and <= MostShards && shards.TrueForAll(shard => shard.IsOne), at, "there is none, or one that no split has");
        for (var i = 0; i < shards.Count; i++)
            Demand(!shards.Take(i).Any(shards[i].Overlaps), at.At(i), $"shard {shards[i]} shares samples with one before it");
        var wanted = shards.Sum(shard => shard.Size(document.Data.Samples) - document.Data.Skipped.Count(shard.Holds));
        Demand(wanted == document.Observed.Samples, place.At("observed").At("samples"), FormattableString.Invariant(
            $"{document.Observed.Samples} samples, where these shards have {wanted}"));
    }

    private static void Require(ObservedTensorJson tensor, long samples, Place at)
    {
        Demand(tensor.Samples >= 0 && tensor.Samples <= samples, at.At("samples"), "there are not as many samples");
        Demand(tensor.Histogram.TryOpen(out _, out var refusal), at.At("histogram"), refusal ?? "");
        Demand(Ascend(tensor.Widths.Bins) && tensor.Widths.Bins.Count == tensor.Widths.Counts.Count
            && tensor.Widths.Counts.All(count => count > 0 && count <= samples) && tensor.Widths.Counts.Sum() == tensor.Samples,
            at.At("widths"), "the counts are not those of the samples");
        var (widths, indices) = (tensor.Widest.Widths, tensor.Widest.Samples);
        Demand(widths.Count == indices.Count && widths.Count == Math.Min(ObservedMerge.MostWidest, tensor.Samples)
            && widths.All(width => width >= 0) && widths.Zip(widths.Skip(1)).All(pair => pair.First >= pair.Second)
            && indices.All(index => index >= 0 && index < samples),
            at.At("widest"), "they are not the widest of the samples in order");
        RequireBounds(tensor.Range, at.At("range"));
        var largest = tensor.Range is { } range ? Math.Max(Math.Abs(range.Min), Math.Abs(range.Max)) : 0;
        Demand(tensor.Histogram.Exponent <= FSharp.ValueHistogram.exponentFor(largest), at.At("histogram"), "it counts values beyond the range");
        RequireBounds(tensor.FirstHalf, at.At("firstHalf"));
        Demand(tensor.Infinities is not { } infinities || (infinities.Positive || infinities.Negative)
            && infinities.Sample >= 0 && infinities.Sample < samples, at.At("infinities"), "there is none, or no such sample");
    }

    private static void RequireBounds(BoundsJson? bounds, Place at) => Demand(
        bounds is null || (bounds.Min <= bounds.Max && (float)bounds.Min == bounds.Min && (float)bounds.Max == bounds.Max),
        at, "it is no range of float32 numbers");

    private static void RequireSums(ObservedJson observed, Place place)
    {
        for (var i = 0; i < observed.Inputs.Count; i++)
        {
            var at = place.At("inputs").At(i);
            Demand(observed.Inputs[i].Elements >= 0 && Fits(observed.Inputs[i].Sum, 1), at, "its sum is none");
            RequireBounds(observed.Inputs[i].Range, at.At("range"));
        }

        for (var i = 0; i < observed.Probabilities.Count; i++)
        {
            var softmax = observed.Probabilities[i];
            Demand(Fits(softmax.Power, 1) && Fits(softmax.Lost, 1), place.At("probabilities").At(i), "its sums are none");
        }

        for (var i = 0; i < observed.LayerInputs.Count; i++)
        {
            var layer = observed.LayerInputs[i];
            Demand(layer.Rows >= 0 && Fits(layer.Sums, null), place.At("layerInputs").At(i), "its sums are none");
        }
    }

    private static bool Fits(SumsJson sums, int? count) =>
        sums.Exponent is >= -149 and <= 300 && (count is null || sums.Values.Count <= count);

    private static bool IsDigest(string text) => SampleDigests.IsSum(text);

    private static bool InOrder(IEnumerable<string> names) =>
        names.Zip(names.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) < 0);

    private static bool Ascend<T>(IReadOnlyList<T> numbers)
        where T : IComparable<T> => numbers.Zip(numbers.Skip(1)).All(pair => pair.First.CompareTo(pair.Second) < 0);

    private static void Demand(bool holds, Place place, string problem)
    {
        if (!holds)
            throw place.Fault(Diagnostics.PlanContradicts, $"{problem}; the file was edited or damaged: observe the samples again.");
    }
}
