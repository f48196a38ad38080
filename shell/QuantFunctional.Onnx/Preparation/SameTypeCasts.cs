using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Removes each Cast to the type that its input has already: exporters write them, and widening leaves some behind.</summary>
internal static class SameTypeCasts
{
    /// <summary>Removes them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="typeOf">The type of a tensor; null where it is not known.</param>
    internal static void Remove(GraphEditor graph, Func<string, DataType?> typeOf)
    {
        var some = false;
        foreach (var node in graph.Graph.Node.Where(node => node.Is("Cast") && typeOf(node.Input[0]) == (DataType)node.GetInt("to", 0)))
        {
            node.OpType = "Identity";
            node.Attribute.Clear();
            some = true;
        }

        if (some)
            PassThrough.Remove(graph);
    }
}
