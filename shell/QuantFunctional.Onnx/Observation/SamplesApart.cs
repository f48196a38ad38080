using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>
/// Whether samples that run together lie one after the other in every tensor, so that what each of them gives can be told whoever
/// stands beside it.
/// </summary>
internal static class SamplesApart
{
    private static readonly HashSet<string> Along =
    [
        "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Conv", "ConvTranspose", "DepthToSpace", "Div", "Dropout", "Elu", "Erf",
        "Exp", "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization",
        "LeakyRelu", "Log", "LRN", "MatMul", "MaxPool", "Mul", "Neg", "Pow", "PRelu", "Relu", "Reshape", "Resize", "Sigmoid", "Softplus",
        "SpaceToDepth", "Sqrt", "Squeeze", "Sub", "Tanh", "Unsqueeze", "Gelu",
    ];

    /// <summary>Whether they do; where one node may mix them, they do not.</summary>
    internal static bool Are(OnnxModel model, SampleSource samples) =>
        samples.Inputs.All(input => input.IsGivenOnce || input.Input.BatchAxis == 0) && model.Graph.Node.All(KeepsFirstAxis);

    private static bool KeepsFirstAxis(NodeProto node) => node.OpType switch
    {
        "Transpose" => node.GetInts("perm") is [0, ..],
        "Gemm" => node.GetInt("transA", 0) == 0,
        "Concat" or "Softmax" or "LogSoftmax" => node.GetInt("axis", 0) is > 0 or -1,
        "Flatten" => node.GetInt("axis", 1) > 0,
        _ => Along.Contains(node.OpType),
    };
}
