using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// Turns the axes of 8-bit constants that a Transpose behind their DequantizeLinear turns, as ONNX Runtime does before it looks for
/// layers: PyTorch writes the weights of a Linear so where its input has three axes.
/// </summary>
internal static class TransposedWeights
{
    /// <summary>Whether a graph has such constants.</summary>
    internal static bool AnyIn(GraphProto graph, GraphIndex index) => graph.Node.Any(node => Conversion(node, index) is not null);

    /// <summary>Turns them in place; the Transpose goes.</summary>
    internal static void Fold(GraphEditor graph)
    {
        foreach (var node in graph.Graph.Node.Where(node => Conversion(node, graph.Index) is not null).ToList())
        {
            var conversion = Conversion(node, graph.Index)!;
            if (graph.Index.Producer(conversion.Input[0]) is { } quantize)
                ConstantQuantizers.Fold(graph, candidate => ReferenceEquals(candidate, quantize));
            if (graph.Index.Constant(conversion.Input[0]) is { } stored && TensorData.Type(stored) is DataType.Int8 or DataType.Uint8)
                Turn(graph, node, conversion, stored);
        }
    }

    private static void Turn(GraphEditor graph, NodeProto node, NodeProto conversion, TensorProto stored)
    {
        int[] order = [.. (node.GetInts("perm") ?? Enumerable.Range(0, stored.Dims.Count).Reverse().Select(axis => (long)axis)).Select(axis => (int)axis)];
        var bytes = Array.ConvertAll(TensorData.Integers(stored), value => unchecked((byte)value));
        var turned = StridedView.Permuted<byte>(bytes, [.. stored.Dims.Select(size => checked((int)size))], order);
        var own = conversion.Clone();
        own.Name = node.DisplayName();
        own.Input[0] = graph.AddInitializer(TensorData.Make(
            $"{conversion.Input[0]}_turned", order.Select(axis => stored.Dims[axis]), TensorData.Type(stored), turned));
        own.Output[0] = node.Output[0];
        var axis = (int)conversion.GetInt("axis", 1);
        axis = axis < 0 ? axis + stored.Dims.Count : axis;
        if (axis < stored.Dims.Count)
            own.SetInt("axis", Array.IndexOf(order, axis));
        graph.Graph.Node[graph.Graph.Node.IndexOf(node)] = own;
        graph.Changed();
    }

    /// <summary>The DequantizeLinear of a constant that a Transpose reads; null for another node.</summary>
    private static NodeProto? Conversion(NodeProto node, GraphIndex index) =>
        node.Is("Transpose")
        && index.Producer(node.Input[0]) is { } conversion
        && StorageReader.Is(conversion, "DequantizeLinear")
        && conversion.GetInt("block_size", 0) == 0
        && (index.Constant(conversion.Input[0]) is { } stored ? TensorData.Type(stored) is DataType.Int8 or DataType.Uint8
            : index.Producer(conversion.Input[0]) is { } quantize && StorageReader.Is(quantize, "QuantizeLinear") && index.Constant(quantize.Input[0]) is not null)
            ? conversion
            : null;
}
