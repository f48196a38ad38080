using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reading;

/// <summary>Why parts of a graph are no steps on integers, gathered while it is read.</summary>
/// <param name="index">The graph.</param>
/// <param name="twins">The integers of each real tensor that has some.</param>
/// <param name="unfolded">The layers that training with quantization left in parts.</param>
internal sealed class FloatReasons(
    GraphIndex index, IReadOnlyDictionary<string, Twin> twins, IReadOnlyList<UnfoldedLayer> unfolded)
{
    /// <summary>What is said of a node that nothing else is known of: mostly the cause is a node behind it.</summary>
    internal const string StaysReal = "its result stays real: no QuantizeLinear makes integers of it";

    private readonly Dictionary<string, string> _reasons = [];

    /// <summary>Notes why a tensor was not read.</summary>
    internal void Add(string tensor, string reason) => _reasons[tensor] = reason;

    /// <summary>Why an input of a node has no integers that a step could read.</summary>
    internal string OfInput(string tensor)
    {
        if (twins.TryGetValue(tensor, out var twin))
        {
            return twin.Form.Steps is [0]
                ? $"the step of its input `{tensor}` is 0"
                : twin.Form.Steps.Count > 1
                ? $"the steps of its input `{tensor}` differ along an axis"
                : $"no integer kernel reads {StorageReader.Name(twin.Form.Type)}, the type of its input `{tensor}`";
        }

        return index.Producer(tensor) is { OpType: "DequantizeLinear" } && _reasons.TryGetValue(tensor, out var why)
            ? $"its input `{tensor}` is not read as integers: {why}"
            : $"its input `{tensor}` is not made of integers by a DequantizeLinear";
    }

    /// <summary>Why a node is no step.</summary>
    internal string Of(NodeProto node) =>
        unfolded.FirstOrDefault(layer => ReferenceEquals(layer.Node, node)) is { } parts ? OfParts(parts)
        : _reasons.GetValueOrDefault(node.Output[0]) ?? Of(node.OpType, node);

    private static string OfParts(UnfoldedLayer layer) => layer.Behind.Count == 0
        ? "a Flatten stands between its DequantizeLinear and it, and ONNX Runtime moves none through a Flatten: it runs it in float; quantfn "
            + "repair puts a pair of the same step there"
        : $"training with quantization left {string.Join(", ", layer.Behind.Select(node => node.OpType))} between it and its QuantizeLinear, so "
        + "that ONNX Runtime runs it in float; quantfn repair makes one layer of them, as --profile tflite and reference read them";

    private string Of(string operatorType, NodeProto node) => operatorType switch
    {
        "MatMulInteger" or "ConvInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" =>
            "it multiplies integers, but by steps that are found at each run (dynamic quantization), which is not run here; "
            + "quantize the float model instead",
        "DynamicQuantizeLinear" => "its step and zero point are found at each run, which is not run here",
        "MatMulNBits" => "its weights alone are integers",
        _ when node.OpType.StartsWith("QLinear", StringComparison.Ordinal) || node.OpType is "QGemm" or "QAttention" =>
            "it works on integers, but this form of it is not read here",
        _ when index.Producer(node.InputOrEmpty(0)) is { OpType: "QuantizeLinear" } =>
            "it stands between a QuantizeLinear and its DequantizeLinear, on the integers themselves, which is not read here",
        _ => StaysReal,
    };
}
