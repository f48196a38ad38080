using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Replaces Shape and Size of a tensor whose dimensions are all known by their value.</summary>
internal static class ShapeFolding
{
    /// <summary>Whether any node was replaced.</summary>
    internal static bool Fold(GraphEditor graph, TensorFacts facts)
    {
        var done = new List<NodeProto>();
        foreach (var node in graph.Graph.Node.Where(n => n.Is("Shape") || n.Is("Size")).ToList())
        {
            if (!facts.TryGet(node.Input[0], out var fact) || !fact.IsStatic)
                continue;
            var value = node.Is("Size")
                ? TensorData.Make("", [], [fact.Dims.Aggregate(1L, (product, dim) => product * dim)])
                : Dims(node, fact);
            graph.SetConstant(node.Output[0], value);
            done.Add(node);
        }

        graph.RemoveNodes(done);
        return done.Count > 0;
    }

    private static TensorProto Dims(NodeProto node, TensorFact fact)
    {
        var rank = fact.Dims.Count;
        var start = Position(node.GetInt("start", 0), rank);
        var end = Position(node.GetInt("end", rank), rank);
        long[] dims = [.. fact.Dims.Skip(start).Take(Math.Max(0, end - start))];
        return TensorData.Make("", [dims.Length], dims);
    }

    private static int Position(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
}
