using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Finds the tables that a model gathers by its tokens: the largest one that is gathered by an input of the model, and all that the
/// same input gathers. Positions are told by the input's name, for their caches of cosines look like any other table.
/// </summary>
internal sealed class TokenEmbeddings(OnnxModel prepared, WeightLayers layers, IReadOnlyDictionary<string, string> kept)
{
    private const int ShortestRow = 16;

    // what gives the same indices in another shape or type
    private static readonly HashSet<string> HandedOn = ["Cast", "Reshape", "Identity", "Squeeze", "Unsqueeze"];

    private readonly GraphIndex _index = new(prepared.Graph);

    /// <summary>The tables, in the order of the data.</summary>
    /// <param name="isInFloat">Whether the request leaves them in float.</param>
    internal IReadOnlyList<TokenEmbedding> Find(bool isInFloat)
    {
        var gathers = _index.TopologicalOrder
            .Where(GathersRows)
            .Select(node => (Node: node, By: InputOf(node.Input[1]), Table: _index.Initializer(node.Input[0])!))
            .Where(found => found.By is { } name && !name.Contains("position", StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (gathers.Count == 0)
            return [];
        var tokens = gathers.MaxBy(found => TensorData.Count(found.Table)).By;
        var found = gathers.Where(gather => gather.By == tokens)
            .GroupBy(gather => gather.Table.Name)
            .Select(table => Judged(table.First().Table, [.. table.Select(gather => gather.Node)], isInFloat))
            .ToList();
        return found.Exists(one => one.Heads.Count > 0) ? [.. WithRanks(found)] : found;
    }

    private bool GathersRows(NodeProto node) =>
        node.Is("Gather")
        && _index.Initializer(node.Input[0]) is { Dims.Count: 2 } table
        && TensorData.Type(table) is DataType.Float or DataType.Float16
        && TensorData.Count(table) > 0
        && node.GetInt("axis", 0) is 0 or -2
        && !new StoredProducts(_index).AreSteps(node);

    /// <summary>The input of the model that indices are; null where they are something else.</summary>
    private string? InputOf(string tensor)
    {
        while (_index.Producer(tensor) is { } maker)
        {
            if (!NodeAttributes.IsDefaultDomain(maker.Domain) || !HandedOn.Contains(maker.OpType))
                return null;
            tensor = maker.Input[0];
        }

        return _index.IsGraphInput(tensor) && _index.Initializer(tensor) is null ? tensor : null;
    }

    private TokenEmbedding Judged(TensorProto table, IReadOnlyList<NodeProto> gathers, bool isInFloat)
    {
        var reason = isInFloat ? "--embedding float" : Reason(table, gathers);
        return new TokenEmbedding(table, gathers, reason)
        {
            Heads = reason is null ? [.. layers.Found.Where(layer => SharedTable.IsOf(table, layer))] : [],
        };
    }

    private string? Reason(TensorProto table, IReadOnlyList<NodeProto> gathers)
    {
        if (gathers.Select(gather => kept.GetValueOrDefault(gather.DisplayName())).FirstOrDefault(why => why is not null) is { } asked)
            return asked;
        if (table.Dims[1] < ShortestRow)
            return FormattableString.Invariant($"rows of {table.Dims[1]} numbers, for which integers and steps are hardly smaller");
        var products = layers.Found.Select(layer => layer.Node).ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var others = _index.Consumers(table.Name).Where(reader => !gathers.Contains(reader) && !products.Contains(reader)).ToList();
        if (others.Count > 0)
            return $"node {others[0].DisplayName()} ({others[0].OpType}) reads its table in float";
        return TensorData.FirstNotFinite(table) is null ? null : "its table holds numbers that are not finite";
    }

    // the columns of a shared table come out with their axis first, and go last where the number of axes is known
    private IEnumerable<TokenEmbedding> WithRanks(IReadOnlyList<TokenEmbedding> found)
    {
        var facts = TensorFacts.Infer(prepared);
        foreach (var one in found)
        {
            var ranks = one.Gathers.Select(gather => facts.Rank(gather.Input[1])).Distinct().ToList();
            yield return ranks is [{ } rank] ? one with { RankOfTokens = rank } : one with { Heads = [] };
        }
    }
}
