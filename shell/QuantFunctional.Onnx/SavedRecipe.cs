using System.Collections.Immutable;
using QuantFunctional.Documents.Json;
using QuantFunctional.Formats;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Writes down what a network was planned with: the same bytes for the same choices, without times, folders or machines.</summary>
internal static class SavedRecipe
{
    /// <summary>The version of this library.</summary>
    internal static string Tool { get; } = typeof(SavedRecipe).Assembly.GetName().Version!.ToString();

    /// <summary>The files of a recipe, in the order in which they are to be moved into place.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="options">How layers are planned.</param>
    /// <param name="loaded">The float model as it was loaded.</param>
    /// <param name="planner">What planned the network.</param>
    /// <param name="network">The network.</param>
    internal static IReadOnlyList<FileToWrite> Files(
        string path, QuantizeRequest request, PlanOptions options, OnnxModel loaded, NetworkPlanner planner, PlannedNetwork network)
    {
        // where a rounding does not fit the layer's scales any more, it has no correction either
        var corrected = network.Layers
            .Where(layer => network.Means.Has(layer.Node.Node) && (Differences(layer) is not null || !planner.Roundings.Has(layer.Node.Node)))
            .Select(layer => layer.Node.Node)
            .OrderBy(layer => layer.Output[0], StringComparer.Ordinal)
            .Select((layer, i) => (Output: layer.Output[0], Array: FormattableString.Invariant($"bias{i}"), Means: network.Means.Of(layer)))
            .ToList();
        var rounded = network.Layers
            .Select(layer => (Output: layer.Node.Node.Output[0], Added: Differences(layer)))
            .Where(layer => layer.Added is not null)
            .OrderBy(layer => layer.Output, StringComparer.Ordinal)
            .Select((layer, i) => (layer.Output, Array: FormattableString.Invariant($"rounding{i}"), Added: layer.Added!.Value))
            .ToList();
        var arrays = RecipeArrays.Bytes(
            [.. corrected.Select(layer => (layer.Array, layer.Means.Real, layer.Means.Quantized))], [.. rounded.Select(layer => (layer.Array, layer.Added))]);
        var document = new RecipeJson
        {
            Format = RecipeJson.FormatName,
            Version = RecipeJson.CurrentVersion,
            Tool = Tool,
            Model = new RecipeModelJson(Path.GetFileName(request.Model.Name), ModelDigest.Of(loaded)),
            Quantized = ModelDigest.Of(network.Quantized),
            Data = new RecipeDataJson(planner.Seen.Samples, planner.Seen.Digest),
            ChosenBy = new RecipeMakerJson(
                request.Preset.ToString().ToLowerInvariant(), StatisticsInUse.Ranges(request).ToString(), request.Target?.ToString()),
            Arrays = arrays is null ? null : new RecipeArraysJson(Path.GetFileName(RecipeArrays.PathBeside(path)), RecipeArrays.Digest(arrays)),
            Options = Options(request, options),
            Tensors = [.. planner.Seen.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).Select(tensor => Seen(tensor.Key, tensor.Value))],
            Rows =
            [
                .. planner.Seen.Rows.OrderBy(rows => rows.Key, StringComparer.Ordinal)
                    .Select(rows => new SeenRowsJson(rows.Key, Finite(rows.Value.Lowest), Finite(rows.Value.LowestUnmasked))),
            ],
            Apart = Nodes(planner.Apart),
            RaisedJoins = [.. planner.Form.Joins.Select(join => new RaisedJoinJson(join.Output, join.Bits))],
            ChannelFactors = [.. planner.Form.Factors.Select(factors => new ChannelFactorsJson(factors.Output, factors.Bits))],
            ChannelOrders = [.. planner.Form.Orders.Select(order => new ChannelOrderJson(order.Output, order.Order))],
            LeftInFloat = Nodes(network.Kept.Where(node => !planner.Apart.Contains(node))),
            Ranges = [.. network.Encodings.Chosen.Select(range => new ChosenRangeJson(range.Key, range.Value.Min, range.Value.Max))],
            Biases = [.. corrected.Select(layer => new CorrectedBiasJson(layer.Output, layer.Array))],
            Roundings = [.. rounded.Select(layer => new WeightRoundingJson(layer.Output, layer.Array))],
        };
        var file = new FileToWrite(path, stream => DocumentJson.Write(stream, document));
        return arrays is null ? [file] : [new FileToWrite(RecipeArrays.PathBeside(path), stream => stream.Write(arrays)), file];
    }

    /// <summary>What is added to the nearest integers of a layer; null where nothing is.</summary>
    private static ImmutableArray<sbyte>? Differences(PlannedLayer layer) =>
        layer.Plan.Request.WeightRounding is WeightRounding.Differences differences ? differences.Added : null;

    private static RecipeOptionsJson Options(QuantizeRequest request, PlanOptions options) => new()
    {
        Precision = RecipeNames.Precisions[request.Precision],
        PerChannel = request.PerChannel,
        SymmetricActivations = request.SymmetricActivations,
        RoundChains = request.RoundChains,
        KeepTransposed = request.KeepTransposed,
        For = RecipeNames.Engines[request.For],
        Exclude = request.Exclude,
        ExcludeTypes = request.ExcludeTypes,
        Profile = ProfileMapping.ToJson(options.Profile),
    };

    private static SeenTensorJson Seen(string name, RangeHistory history)
    {
        var (range, all) = (history.Range.ToJson(), history.WithInfinities);
        return new SeenTensorJson(
            name, range?.Min, range?.Max, float.IsPositiveInfinity(all.Max) ? true : null, float.IsNegativeInfinity(all.Min) ? true : null);
    }

    private static double? Finite(float lowest) => float.IsFinite(lowest) ? lowest : null;

    private static IReadOnlyList<KeptNodeJson> Nodes(IEnumerable<KeyValuePair<string, string>> nodes) =>
        [.. nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => new KeptNodeJson(node.Key, node.Value))];
}
