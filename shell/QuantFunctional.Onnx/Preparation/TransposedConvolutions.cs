using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Writes a ConvTranspose, which has no integer kernel in ONNX Runtime, as the Conv that it is: one that makes all phases of
/// the output as channels, which are then woven into the spatial axes.
/// </summary>
/// <remarks>Weaving only moves elements, so that nothing is rounded twice (docs/decisions/0014).</remarks>
internal static class TransposedConvolutions
{
    /// <summary>Rewrites every ConvTranspose of constant float32 weights.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="facts">Types and shapes of its tensors.</param>
    /// <param name="stays">Which nodes to leave as they are.</param>
    /// <returns>What was rewritten.</returns>
    internal static IReadOnlyList<TransposedSummary> Rewrite(GraphEditor graph, TensorFacts facts, Func<NodeProto, bool> stays)
    {
        var rewritten = new List<TransposedSummary>();
        foreach (var node in graph.Graph.Node.Where(n => n.Is("ConvTranspose") && !stays(n)).ToList())
        {
            if (TransposedLayer.Read(node, graph.Index, facts, out _) is { } layer)
                rewritten.Add(Rewrite(graph, layer));
        }

        if (rewritten.Count > 0)
            graph.SortNodes();
        return rewritten;
    }

    /// <summary>Why a ConvTranspose is none that can be rewritten; null where it can.</summary>
    internal static string? WhyNot(NodeProto node, GraphIndex index, TensorFacts facts) =>
        TransposedLayer.Read(node, index, facts, out var reason) is null ? reason : null;

    private static TransposedSummary Rewrite(GraphEditor graph, TransposedLayer layer)
    {
        // a Relu or Clip commutes with moving, and only right behind the Conv can it be done by saturation
        var node = layer.Node;
        var last = graph.Index.SoleConsumer(node.Output[0]) is { } reader && IsRectifier(reader, node.Output[0], graph.Index)
            ? reader
            : node;
        var weights = layer.ConvolutionWeights(out var dims);
        node.Input[1] = graph.AddInitializer(TensorData.Make(layer.Weight.Name + "_phases", dims, weights));
        if (layer.Bias.Length > 0)
        {
            var bias = layer.ConvolutionBias();
            node.Input[2] = graph.AddInitializer(TensorData.Make(node.Input[2] + "_phases", [bias.Length], bias));
        }

        node.Name = node.DisplayName();
        node.OpType = "Conv";
        node.Attribute.Clear();
        node.SetInts("pads", layer.Axes.Select(axis => (long)axis.PadBefore).Concat(layer.Axes.Select(axis => (long)axis.PadAfter)));
        if (layer.Group > 1)
            node.SetInt("group", layer.Group);
        new PhaseWeaving(graph, layer, last.Output[0]).Weave(last);
        return new TransposedSummary(node.Name, layer.Phases, TensorData.Count(layer.Weight), weights.LongLength);
    }

    private static bool IsRectifier(NodeProto node, string input, GraphIndex index) =>
        node.Is("Relu")
        || (node.Is("Clip") && node.Input[0] == input
            && node.Input.Skip(1).All(bound => bound.Length == 0 || index.Initializer(bound) is not null));
}
