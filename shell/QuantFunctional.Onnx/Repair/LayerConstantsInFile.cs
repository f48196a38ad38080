using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Where a layer's node reads its weights and its bias, in each form of quantized models.</summary>
/// <param name="Weight">The weights.</param>
/// <param name="Bias">The integer bias; null where it has none, or a real one.</param>
/// <param name="RealBias">Where a real bias is read; null for none.</param>
internal sealed record LayerConstantsInFile(QuantizedConstant Weight, QuantizedConstant? Bias = null, Slot? RealBias = null)
{
    /// <summary>The places of a node; null, with the reason, where its weights are no constants that can be replaced.</summary>
    internal static LayerConstantsInFile? Of(NodeProto node, GraphIndex index, out string reason)
    {
        reason = "";
        return node.OpType switch
        {
            "Conv" => Plain(node, index, 0, out reason),
            "Gemm" => Plain(node, index, node.GetInt("transB", 0) != 0 ? 0 : 1, out reason),
            "MatMul" => Plain(node, index, 1, out reason),
            "QLinearConv" => new(Operand(node, 3, 0), IntegerBias(node, 8)),
            "QLinearMatMul" => new(Operand(node, 3, 1)),
            "QGemm" => new(Operand(node, 3, node.GetInt("transB", 0) != 0 ? 0 : 1), IntegerBias(node, 6)),
            "DynamicQuantizeMatMul" => new(new QuantizedConstant(new Slot(node, 1), new Slot(node, 2), new Slot(node, 3), 1)),
            "MatMulIntegerToFloat" => new(new QuantizedConstant(new Slot(node, 1), new Slot(node, 3), new Slot(node, 5), 1)),
            "MatMulInteger" => DynamicSteps.Of(node, index, out reason),
            _ => Refuse($"{node.OpType} is no layer whose places are known", out reason),
        };
    }

    /// <summary>Between conversions.</summary>
    private static LayerConstantsInFile? Plain(NodeProto node, GraphIndex index, int axis, out string reason)
    {
        if (Dequantized(node, 1, index, axis) is not { } weight)
            return Refuse("its weights do not come straight from a DequantizeLinear of constants", out reason);
        reason = "";
        if (node.InputOrEmpty(2).Length == 0)
            return new(weight);
        if (Dequantized(node, 2, index, 0) is { } bias)
            return new(weight, bias);
        return index.Constant(node.Input[2]) is { } real && TensorData.IsReal(real)
            ? new(weight, RealBias: new Slot(node, 2))
            : Refuse("its bias is neither integers nor a real constant", out reason);
    }

    private static QuantizedConstant? Dequantized(NodeProto node, int input, GraphIndex index, int axis)
    {
        return index.Producer(node.InputOrEmpty(input)) is { OpType: "DequantizeLinear" } from
            && index.Constant(from.Input[0]) is not null
            ? new QuantizedConstant(
                new Slot(from, 0), new Slot(from, 1), new Slot(from, 2), axis, Through: new Slot(node, input))
            : null;
    }

    /// <summary>An operand of an operator that carries its scales along.</summary>
    private static QuantizedConstant Operand(NodeProto node, int at, int axis) =>
        new(new Slot(node, at), new Slot(node, at + 1), new Slot(node, at + 2), axis);

    private static QuantizedConstant? IntegerBias(NodeProto node, int at) =>
        node.InputOrEmpty(at).Length > 0 ? new QuantizedConstant(new Slot(node, at), null, null, 0) : null;

    private static LayerConstantsInFile? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
