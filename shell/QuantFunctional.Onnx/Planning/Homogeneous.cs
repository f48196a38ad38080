using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Whether a node's result is multiplied by what its channels are multiplied by, a number above 0.</summary>
internal static class Homogeneous
{
    private static readonly HashSet<string> Sums = ["Add", "Max", "Mean", "Min", "Sub", "Sum"];

    private static readonly HashSet<string> Always =
    [
        "Abs", "AveragePool", "Concat", "Conv", "Flatten", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "Identity", "LeakyRelu", "MatMul",
        "MaxPool", "Neg", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu", "Reshape", "Resize", "Squeeze", "Transpose",
        "Unsqueeze", "Upsample",
    ];

    /// <summary>Whether it is so where all operands that it adds are multiplied by the same.</summary>
    /// <param name="node">The node.</param>
    /// <param name="index">The graph.</param>
    /// <param name="hasChannels">Whether channels of a tensor are followed; nothing multiplies the others.</param>
    internal static bool Is(NodeProto node, GraphIndex index, Func<string, bool> hasChannels) => node.OpType switch
    {
        "Mul" => node.Input.Count(hasChannels) == 1,
        "Div" or "PRelu" => hasChannels(node.Input[0]) && !hasChannels(node.Input[1]),
        "Pad" => node.GetString("mode", "constant") != "constant" || node.InputOrEmpty(2).Length == 0
            || (index.Initializer(node.Input[2]) is { } value && TensorData.Floats(value).All(number => number == 0)),
        _ => Sums.Contains(node.OpType) || Always.Contains(node.OpType),
    };

    /// <summary>Whether a node adds or compares its operands, so that all have to be multiplied by the same.</summary>
    internal static bool Adds(NodeProto node) => Sums.Contains(node.OpType);
}
