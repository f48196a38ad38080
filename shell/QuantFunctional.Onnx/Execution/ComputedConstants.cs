using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reading;

namespace QuantFunctional.Onnx.Execution;

/// <summary>
/// Makes constants of what a quantized model computes from constants, such as PyTorch's zero points behind ConstantOfShape and
/// Cast, and removes its Casts from a type to the same one.
/// </summary>
internal static class ComputedConstants
{
    /// <summary>
    /// A copy of a model in which each DequantizeLinear and QuantizeLinear has constants that can be looked at; the same nodes where it has
    /// them already.
    /// </summary>
    internal static OnnxModel Folded(OnnxModel model)
    {
        var copy = model.Clone();
        var index = new GraphIndex(copy.Graph);
        var types = new StatedTypes(copy.Graph, index);
        var isWritten = TransposedWeights.AnyIn(copy.Graph, index) || copy.Graph.Node.Any(node =>
            IsComputed(node, index)
            || IsReadAsStored(node, index)
            || (node.Is("Cast") && types.Of(node.Input[0]) == (TensorProto.Types.DataType)node.GetInt("to", 0)));
        if (!isWritten)
            return copy;
        var graph = new GraphEditor(copy);
        Constants.MakeInitializers(graph);
        Fold(graph);
        DeadCode.Remove(graph);
        return copy;
    }

    /// <summary>Folds them in place; a model that ONNX Runtime does not load stays as it is.</summary>
    internal static void Fold(GraphEditor graph)
    {
        Compute(graph);
        if (graph.Graph.Node.Any(node => IsReadAsStored(node, graph.Index)))
        {
            ConstantQuantizers.Fold(graph, node => IsReadAsStored(node, graph.Index));
            Compute(graph);
        }

        TransposedWeights.Fold(graph);
        SameTypeCasts.Remove(graph, new StatedTypes(graph.Graph, graph.Index).Of);
    }

    private static void Compute(GraphEditor graph)
    {
        if (!graph.Graph.Node.Any(node => IsComputed(node, graph.Index)))
            return;
        try
        {
            ConstantFolding.Fold(graph);
        }
        catch (QuantException)
        {
            // it is told elsewhere that the model does not load
        }
    }

    /// <summary>Whether a node makes integers of a constant that another node than a DequantizeLinear reads, such as a Clip to 7 bits.</summary>
    private static bool IsReadAsStored(NodeProto node, GraphIndex index) =>
        StorageReader.Is(node, "QuantizeLinear")
        && index.Constant(node.Input[0]) is not null
        && index.Consumers(node.Output[0]).Any(reader => !StorageReader.Is(reader, "DequantizeLinear"));

    private static bool IsComputed(NodeProto node, GraphIndex index) =>
        NodeAttributes.IsDefaultDomain(node.Domain)
        && node.OpType is not ("QuantizeLinear" or "DequantizeLinear")
        && node.Input.Count > 0
        && node.Input.All(input => input.Length == 0 || index.Constant(input) is not null);
}
