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
    OnnxModel Quantized);
