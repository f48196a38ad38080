using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Products;

/// <summary>What a product of integers with a real result reads.</summary>
/// <param name="InputType">The type of its stored inputs; null where the file does not say it.</param>
/// <param name="InputZeroPoint">The tensor of the input's zero point; "" for none.</param>
/// <param name="Weight">The tensor of the stored weights.</param>
/// <param name="WeightZero">The tensor of their zero point; "" for none.</param>
/// <param name="Bias">The tensor of an integer bias that is added to the sum; "" for none.</param>
/// <param name="IsTransposed">Whether the rows of the weights are the output channels.</param>
/// <param name="SignedBecomeUnsigned">Whether ONNX Runtime makes signed inputs unsigned before it multiplies.</param>
internal sealed record ProductOperands(
    DataType? InputType,
    string InputZeroPoint,
    string Weight,
    string WeightZero,
    string Bias = "",
    bool IsTransposed = false,
    bool SignedBecomeUnsigned = false)
{
    /// <summary>The operands of a node; null where it is no such product.</summary>
    internal static ProductOperands? Of(NodeProto node, GraphProto graph, GraphIndex index)
    {
        DataType? Type(int input) => OperandTypes.Of(node.InputOrEmpty(input), graph, index);
        var isTheirs = node.Domain == "com.microsoft";
        return node.OpType switch
        {
            "MatMulInteger" or "ConvInteger" when NodeAttributes.IsDefaultDomain(node.Domain) =>
                new(Type(0), node.InputOrEmpty(2), node.Input[1], node.InputOrEmpty(3)),
            "DynamicQuantizeMatMul" when isTheirs => new(DataType.Uint8, "", node.Input[1], node.InputOrEmpty(3)),
            "MatMulIntegerToFloat" when isTheirs => new(Type(0), node.InputOrEmpty(4), node.Input[1], node.InputOrEmpty(5)),
            "QGemm" when isTheirs && node.InputOrEmpty(7).Length == 0 => new(
                Type(0), node.InputOrEmpty(2), node.Input[3], node.InputOrEmpty(5), node.InputOrEmpty(6), node.GetInt("transB", 0) != 0),
            "MatMul" or "Gemm" when NodeAttributes.IsDefaultDomain(node.Domain) => Plain(node, graph, index),
            _ => null,
        };
    }

    /// <summary>The signed input that stands for the real 0: that of the file where it is constant, else the lowest.</summary>
    internal int InputZero(GraphIndex index)
    {
        if (index.Initializer(InputZeroPoint) is not { } zero || TensorData.Count(zero) != 1)
            return sbyte.MinValue;
        var stored = TensorData.Integers(zero)[0];
        return (int)(TensorData.Type(zero) == DataType.Uint8 ? stored + sbyte.MinValue : stored);
    }

    /// <summary>Between conversions on both sides, and none behind it.</summary>
    private static ProductOperands? Plain(NodeProto node, GraphProto graph, GraphIndex index)
    {
        if (index.Producer(node.Input[0]) is not { OpType: "DequantizeLinear" } input
            || index.Producer(node.Input[1]) is not { OpType: "DequantizeLinear" } weight
            || index.Consumers(node.Output[0]).Any(reader => reader.OpType == "QuantizeLinear"))
        {
            return null;
        }

        var bias = index.Producer(node.InputOrEmpty(2)) is { OpType: "DequantizeLinear" } stored ? stored.Input[0] : "";
        return new ProductOperands(
            OperandTypes.Of(input.Input[0], graph, index),
            input.InputOrEmpty(2),
            weight.Input[0],
            weight.InputOrEmpty(2),
            bias,
            node.Is("Gemm") && node.GetInt("transB", 0) != 0,
            SignedBecomeUnsigned: index.SoleConsumer(node.Input[0]) is not null
                && index.Producer(input.Input[0]) is { OpType: "QuantizeLinear" }
                && index.SoleConsumer(input.Input[0]) is not null);
    }
}
