using System.Globalization;
using System.Numerics;

namespace QuantFunctional.Onnx;

/// <summary>Which statistics belong together, and what they are together.</summary>
internal static class StatisticsMerge
{
    private const int MostNamed = 8;

    /// <summary>Merges two parts of the statistics of one model on one set of samples.</summary>
    /// <exception cref="QuantException">They do not belong together, or share samples.</exception>
    internal static CalibrationStatistics Of(CalibrationStatistics one, CalibrationStatistics other)
    {
        RefuseUnlike(one, other);
        foreach (var (shard, file) in other.Files)
        {
            foreach (var (overlapped, theirs) in one.Files.Where(known => known.Key.Overlaps(shard)).Take(1))
            {
                var both = overlapped == shard ? $"shard {shard} is in both" : $"shard {shard} has samples of shard {overlapped}";
                throw Diagnostics.StatisticsOverlap.Fault(
                    $"{file} and {theirs}: {both}, whose samples would count twice; leave one of them out.", file: file);
            }
        }

        var document = one.Document with
        {
            Processors = [.. one.Document.Processors.Union(other.Document.Processors).Order(StringComparer.Ordinal)],
            Shards = Whole([.. one.Document.Shards.Concat(other.Document.Shards).OrderBy(shard => shard.Count).ThenBy(shard => shard.Index)]),
            Observed = ObservedMerge.Of(one.Document.Observed, other.Document.Observed),
        };
        return new CalibrationStatistics(document, one.Name, one.Files.Concat(other.Files));
    }

    /// <summary>The parts that are missing from statistics, in words.</summary>
    internal static string Missing(IReadOnlyList<DataShard> shards)
    {
        var count = shards.Max(shard => shard.Count);
        if (shards.Any(shard => count % shard.Count != 0))
            return "some shards";
        var missing = Enumerable.Range(1, count)
            .Select(index => new DataShard(index, count))
            .Where(shard => !shards.Any(shard.Overlaps))
            .Take(MostNamed + 1)
            .ToList();
        return $"shard{(missing.Count > 1 ? "s" : "")} {string.Join(", ", missing.Take(MostNamed))}{(missing.Count > MostNamed ? " and more" : "")}";
    }

    /// <summary>Disjoint shards, or the one of one that they are together.</summary>
    private static IReadOnlyList<ShardJson> Whole(IReadOnlyList<ShardJson> shards)
    {
        // they share no sample, so that they are all where their shares add up to 1
        var (sum, unit) = (BigInteger.Zero, BigInteger.One);
        foreach (var shard in shards)
        {
            sum = (sum * shard.Count) + unit;
            unit *= shard.Count;
            var common = BigInteger.GreatestCommonDivisor(sum, unit);
            (sum, unit) = (sum / common, unit / common);
        }

        return sum == unit ? [new ShardJson(1, 1)] : shards;
    }

    private static void RefuseUnlike(CalibrationStatistics one, CalibrationStatistics other)
    {
        var (first, second) = (one.Document, other.Document);
        if (first.Model != second.Model)
        {
            throw Diagnostics.StatisticsOfOtherModel.Fault(
                $"{other.Name}: model: it is of another float model than {one.Name}; merge statistics of one model.", file: other.Name);
        }

        if (Differing(first.Data, second.Data) is { } data)
        {
            throw Diagnostics.StatisticsOfOtherData.Fault(
                $"{other.Name}: data: it is of other samples than {one.Name} ({data}); merge shards of the same samples.", file: other.Name);
        }

        if (first.OnnxRuntime != second.OnnxRuntime)
        {
            throw Unlike("onnxRuntime", $"ONNX Runtime {second.OnnxRuntime}, and {one.Name} of {first.OnnxRuntime}",
                "observe all shards with the same version");
        }

        if (!first.Options.SequenceEqual(second.Options) || first.Prepared != second.Prepared || !Same(first.Observed, second.Observed))
        {
            throw Unlike("options", $"calibrate {Told(second.Options)}, and {one.Name} of calibrate {Told(first.Options)}",
                "observe all shards with the same options, and with the same version of this tool");
        }

        QuantException Unlike(string field, string differ, string remedy) => Diagnostics.StatisticsUnlike.Fault(
            $"{other.Name}: {field}: it is of {differ}; {remedy}.", file: other.Name);
    }

    /// <summary>What tells two sets of samples apart before any of them is looked at; null where nothing does.</summary>
    internal static string? Differing(StatisticsDataJson one, StatisticsDataJson other)
    {
        if (one.Samples != other.Samples)
            return string.Create(CultureInfo.InvariantCulture, $"{other.Samples} of them, not {one.Samples}");
        if (!one.Skipped.SequenceEqual(other.Skipped))
            return "other ones are left out with --skip-sample";
        if (one.Batch != other.Batch)
            return string.Create(CultureInfo.InvariantCulture, $"{other.Batch} of them run at once, not {one.Batch}");
        return one.Inputs.Count == other.Inputs.Count && one.Inputs.Zip(other.Inputs).All(pair => Same(pair.First, pair.Second))
            ? null
            : "their names, types or shapes are others";
    }

    private static bool Same(FedInputJson one, FedInputJson other) =>
        (one.Name, one.Type) == (other.Name, other.Type)
        && (one.Sizes ?? []).SequenceEqual(other.Sizes ?? []) && one.Sizes is null == other.Sizes is null;

    private static bool Same(ObservedJson one, ObservedJson other) =>
        Names(one).SequenceEqual(Names(other))
        && one.LayerInputs.Zip(other.LayerInputs).All(pair => pair.First.Rows == 0 || pair.Second.Rows == 0
            || pair.First.Sums.Values.Count == 0 || pair.Second.Sums.Values.Count == 0
            || pair.First.Sums.Values.Count == pair.Second.Sums.Values.Count);

    private static IEnumerable<string> Names(ObservedJson observed) =>
    [
        .. observed.Inputs.Select(input => input.Name), "",
        .. observed.Tensors.Select(tensor => tensor.Name), "",
        .. observed.Rows.Select(rows => rows.Tensor), "",
        .. observed.Probabilities.Select(softmax => softmax.Tensor), "",
        .. observed.LayerInputs.Select(layer => layer.Output),
    ];

    private static string Told(IReadOnlyList<string> options) => options.Count == 0 ? "without options" : string.Join(' ', options);
}
