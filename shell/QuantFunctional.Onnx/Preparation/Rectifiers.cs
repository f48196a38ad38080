using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes Max and Min with one constant as the Relu or Clip that they are, and two such in a row as one.</summary>
internal static class Rectifiers
{
    /// <summary>Rewrites them in place.</summary>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts)
    {
        var index = graph.Index;
        var gone = new List<NodeProto>();
        foreach (var node in index.TopologicalOrder)
        {
            if (node.Is("Max") || node.Is("Min"))
                Bound(node, graph, facts);
            if (Limits(node, graph.Index) is not { } own || index.SoleConsumer(node.Output[0]) is not { } next)
                continue;
            if (next.Is("Max") || next.Is("Min"))
                Bound(next, graph, facts);
            if (Limits(next, graph.Index) is not { } after || next.Input[0] != node.Output[0])
                continue;
            // what the first one lets through, the second one bounds again
            Write(next, graph, Math.Clamp(own.Low, after.Low, after.High), Math.Clamp(own.High, after.Low, after.High));
            next.Input[0] = node.Input[0];
            gone.Add(node);
        }

        graph.RemoveNodes(gone);
        graph.Changed();
    }

    private static void Bound(NodeProto node, GraphEditor graph, TensorFacts facts)
    {
        if (node.Input.Count != 2)
            return;
        var at = graph.Index.Initializer(node.Input[1]) is not null ? 1 : 0;
        if (graph.Index.Initializer(node.Input[at]) is not { } constant
            || TensorData.Type(constant) != TensorProto.Types.DataType.Float
            || TensorData.Count(constant) != 1
            || constant.Dims.Count > (facts.Rank(node.Input[1 - at]) ?? 0))
            return;
        var bound = TensorData.Floats(constant)[0];
        if (float.IsNaN(bound))
            return;
        var input = node.Input[1 - at];
        node.Input.Clear();
        node.Input.Add(input);
        Write(node, graph, node.Is("Max") ? bound : float.NegativeInfinity, node.Is("Min") ? bound : float.PositiveInfinity);
    }

    private static void Write(NodeProto node, GraphEditor graph, float low, float high)
    {
        while (node.Input.Count > 1)
            node.Input.RemoveAt(1);
        node.Attribute.Clear();
        node.OpType = "Clip";
        if (low == 0 && float.IsPositiveInfinity(high))
        {
            node.OpType = "Relu";
            return;
        }

        node.Input.Add(float.IsNegativeInfinity(low) ? "" : Constant("min", low));
        if (float.IsFinite(high))
            node.Input.Add(Constant("max", high));

        string Constant(string what, float value) =>
            graph.AddInitializer(TensorData.Make($"{node.Output[0]}_{what}", [], [value]));
    }

    private static (float Low, float High)? Limits(NodeProto node, GraphIndex index) =>
        ActivationBounds.Of(node, index) is { } bounds && bounds.Low <= bounds.High ? bounds : null;
}
