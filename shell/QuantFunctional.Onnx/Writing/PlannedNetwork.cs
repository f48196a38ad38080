using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Writing;

/// <summary>A network with every layer and join planned, and what ONNX Runtime makes of it.</summary>
internal sealed record PlannedNetwork(
    Scheme Scheme,
    TensorEncodings Encodings,
    IReadOnlyList<PlannedJoin> Joins,
    IReadOnlyList<PlannedLayer> Layers,
    ActivationStorage Storage,
    OnnxModel Quantized)
{
    /// <summary>What corrects the biases of its layers.</summary>
    internal BiasMeans Means { get; init; } = BiasMeans.None;

    /// <summary>The nodes that were kept in float for a reason of their own, by name.</summary>
    internal IReadOnlyDictionary<string, string> Kept { get; init; } = new Dictionary<string, string>();
}
