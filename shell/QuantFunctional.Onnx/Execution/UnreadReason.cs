using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Why a node that no conversion was found behind is no step on integers.</summary>
internal static class UnreadReason
{
    internal static string Of(NodeProto node) => node.OpType switch
    {
        "MatMulInteger" or "ConvInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" =>
            "it multiplies integers, but steps that are found at each run (dynamic quantization) are not run here; "
            + "quantize its float model, or mend it with quantfn repair",
        "DynamicQuantizeLinear" => "its step and zero point are found at each run, which is not run here",
        "MatMulNBits" => "its weights alone are integers",
        _ when node.OpType.StartsWith("QLinear", StringComparison.Ordinal) || node.OpType is "QGemm" or "QAttention" =>
            "it works on integers, but this form of it is not read here",
        _ => "its result stays real: no QuantizeLinear makes integers of it",
    };
}
