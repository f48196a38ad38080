using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Knows models that hold integer operators: their float values are gone.</summary>
internal static class AlreadyQuantized
{
    /// <summary>Whether a node of the model is an operator on quantized numbers.</summary>
    internal static bool Is(OnnxModel model) => Nodes(model).Any(IsQuantized);

    /// <summary>
    /// Whether a node converts from or to numbers that no layer of ours runs on: of 4 bits and less, of float8, or with a step for
    /// each block. A float model may hold such weights; they stay as they are.
    /// </summary>
    internal static bool IsPassedBy(NodeProto node, StatedTypes types) => node.OpType switch
    {
        "DequantizeLinear" => node.GetInt("block_size", 0) != 0 || types.Of(node.Input[0]) is { } from && NarrowTypes.Stay(from),
        "QuantizeLinear" => node.GetInt("block_size", 0) != 0 || types.Of(node.Output[0]) is { } to && NarrowTypes.Stay(to),
        _ => false,
    };

    /// <exception cref="QuantException">A node of the model is an operator on quantized numbers.</exception>
    internal static void Refuse(OnnxModel model) => Refuse(model, "already quantized", _ => false);

    /// <exception cref="QuantException">A node of the model quantizes more than constant weights.</exception>
    internal static void RefuseActivations(OnnxModel model)
    {
        var constants = GraphWalk.Tensors(model.Graph).Select(tensor => tensor.Name).Append("").ToHashSet();
        foreach (var node in GraphWalk.Nodes(model.Graph))
        {
            if (node.Input.All(constants.Contains) || (node.Is("Gather") && constants.Contains(node.Input[0])))
                constants.UnionWith(node.Output);
        }

        Refuse(model, "its activations are quantized already", node => IsOfWeights(node, constants));
    }

    private static void Refuse(OnnxModel model, string what, Func<NodeProto, bool> isTaken)
    {
        var types = new StatedTypes(model.Graph, new GraphIndex(model.Graph));
        if (Nodes(model).FirstOrDefault(node => IsQuantized(node) && !IsPassedBy(node, types) && !isTaken(node)) is { } node)
        {
            throw Diagnostics.QuantizedAlready.Fault(
                $"{model.Path}: {what}, as node '{node.DisplayName()}' ({node.OpType}) shows; "
                + "give the float model that it was made from.",
                file: model.Path, node: node.DisplayName());
        }
    }

    /// <summary>Whether a node has integer weights, or makes real numbers of them or of some of their rows.</summary>
    private static bool IsOfWeights(NodeProto node, HashSet<string> constants) =>
        node.OpType is "MatMulNBits" or "MatMulBnb4" or "GatherBlockQuantized"
        || (node.OpType == "DequantizeLinear" && constants.Contains(node.Input[0]));

    private static IEnumerable<NodeProto> Nodes(OnnxModel model) =>
        GraphWalk.Nodes(model.Graph).Concat(model.Proto.Functions.SelectMany(function => function.Node));

    private static bool IsQuantized(NodeProto node) => node.Domain switch
    {
        "com.microsoft" => node.OpType.Contains("Quantize", StringComparison.Ordinal)
            || node.OpType.Contains("Integer", StringComparison.Ordinal)
            || node.OpType is "MatMulNBits" or "MatMulBnb4" or "QuantizeBFP" or "DequantizeBFP"
            || node.OpType is ['Q', >= 'A' and <= 'Z', ..],
        var domain when NodeAttributes.IsDefaultDomain(domain) => IsQuantized(node.OpType),
        _ => false,
    };

    /// <summary>Whether an operator of the default domain works on quantized numbers.</summary>
    internal static bool IsQuantized(string opType) =>
        opType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear"
        || opType.StartsWith("QLinear", StringComparison.Ordinal)
        || opType.EndsWith("Integer", StringComparison.Ordinal);
}
