using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// Which kernel ONNX Runtime runs a layer of a file with, as far as it decides how products are added. Only unsigned
/// inputs times signed weights are added in pairs anywhere; what kernels of a shape do the layer itself knows.
/// </summary>
/// <param name="index">The graph.</param>
/// <param name="operatorForm">The nodes that the file holds as one operator with its scales (QLinearConv and its like).</param>
/// <param name="keepsSigned">Whether ONNX Runtime leaves signed activations signed.</param>
internal sealed class KernelChoice(GraphIndex index, IReadOnlySet<NodeProto> operatorForm, bool keepsSigned)
{
    /// <summary>
    /// Whether ONNX Runtime has no integer kernel for a layer because signed integers have no zero point: it fills in an
    /// unsigned one, which no kernel takes, and runs the layer in float.
    /// </summary>
    /// <param name="layer">The Conv, Gemm or MatMul.</param>
    /// <param name="input">How its input is stored.</param>
    /// <param name="whole">How its output is stored.</param>
    /// <param name="output">The integers of its output.</param>
    internal bool HasNone(NodeProto layer, Storage input, Storage whole, string output) =>
        !operatorForm.Contains(layer)
        && ((input.Lowest < 0
                && index.Producer(layer.Input[0]) is { OpType: "DequantizeLinear" } conversion
                && LacksZeroPoint(index.Producer(conversion.Input[0])))
            || (whole.Lowest < 0 && LacksZeroPoint(index.Producer(output))));

    /// <summary>Whether every processor adds the layer's products in full.</summary>
    /// <param name="layer">The Conv, Gemm or MatMul.</param>
    /// <param name="input">How its input is stored.</param>
    /// <param name="weight">The integers of its weight.</param>
    /// <param name="output">The integers of its output.</param>
    internal bool AddsInFull(NodeProto layer, Storage input, Twin weight, string output)
    {
        if (weight.Form.Type != DataType.Int8)
            return true;
        if (input.Lowest == 0)
            return false;

        // signed inputs stay signed in an operator; between conversions x64 makes them unsigned, or runs the layer in float
        return keepsSigned || operatorForm.Contains(layer) || !(IsMadeUnsigned(layer) && FeedsOneConversion(output));
    }

    private static bool LacksZeroPoint(NodeProto? node) =>
        node is { OpType: "QuantizeLinear" } && node.InputOrEmpty(2).Length == 0;

    private bool IsMadeUnsigned(NodeProto layer) =>
        index.Producer(layer.Input[0]) is not { OpType: "DequantizeLinear" } conversion
        || (index.SoleConsumer(layer.Input[0]) is not null
            && index.Producer(conversion.Input[0]) is { OpType: "QuantizeLinear" }
            && FeedsOneConversion(conversion.Input[0]));

    private bool FeedsOneConversion(string integers) => index.SoleConsumer(integers) is { OpType: "DequantizeLinear" };
}
