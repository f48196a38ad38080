using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes ReduceMean over all spatial axes as GlobalAveragePool, which has an integer kernel.</summary>
internal static class SpatialMeans
{
    /// <summary>Rewrites means of float32 tensors over axes 2 and on; a Squeeze follows where they vanish.</summary>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts)
    {
        var normalizations = new Normalizations(graph.Index);
        foreach (var node in graph.Graph.Node.Where(n => n.Is("ReduceMean") && !normalizations.IsMean(n)).ToList())
        {
            if (!facts.TryGet(node.Input[0], out var fact) || fact.Type != TensorProto.Types.DataType.Float
                || fact.Rank is not { } rank || rank < 3 || !IsSpatial(Axes(node, graph.Index), rank))
                continue;
            if (node.GetInt("keepdims", 1) == 0)
                AppendSqueeze(graph, node, rank);
            node.OpType = "GlobalAveragePool";
            node.Attribute.Clear();
            while (node.Input.Count > 1)
                node.Input.RemoveAt(1);
        }

        graph.SortNodes();
    }

    private static void AppendSqueeze(GraphEditor graph, NodeProto node, int rank)
    {
        var output = node.Output[0];
        var pooled = graph.FreshName(output + "_pooled");
        long[] spatial = [.. Spatial(rank)];
        var axes = graph.AddInitializer(TensorData.Make(output + "_axes", [spatial.Length], spatial));
        GraphEditor.RenameOutput(node, pooled);
        graph.Graph.Node.Add(new NodeProto { OpType = "Squeeze", Input = { pooled, axes }, Output = { output } });
    }

    // Until opset 17 the axes are an attribute, from 18 on an input.
    private static IReadOnlyList<long>? Axes(NodeProto node, GraphIndex index) =>
        node.GetInts("axes")
        ?? (index.Initializer(node.InputOrEmpty(1)) is { } tensor ? TensorData.Integers(tensor) : null);

    private static bool IsSpatial(IReadOnlyList<long>? axes, int rank) =>
        axes is not null
        && axes.Select(axis => axis < 0 ? axis + rank : axis).Distinct().Order().SequenceEqual(Spatial(rank));

    private static IEnumerable<long> Spatial(int rank) => Enumerable.Range(2, rank - 2).Select(axis => (long)axis);
}
