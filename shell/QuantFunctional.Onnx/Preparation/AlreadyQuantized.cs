using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Knows models that hold integer operators: their float values are gone.</summary>
internal static class AlreadyQuantized
{
    /// <summary>Whether a node of the model is an operator on quantized numbers.</summary>
    internal static bool Is(OnnxModel model) => GraphWalk.Nodes(model.Graph).Any(IsQuantized);

    /// <exception cref="QuantException">A node of the model is an operator on quantized numbers.</exception>
    internal static void Refuse(OnnxModel model)
    {
        if (GraphWalk.Nodes(model.Graph).FirstOrDefault(IsQuantized) is { } node)
        {
            throw Diagnostics.QuantizedAlready.Fault(
                $"{model.Path}: already quantized, as node '{node.DisplayName()}' ({node.OpType}) shows; "
                + "give the float model that it was made from.",
                file: model.Path, node: node.DisplayName());
        }
    }

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
