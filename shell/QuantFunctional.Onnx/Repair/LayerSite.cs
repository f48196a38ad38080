using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Repair;

/// <summary>A layer in the file: where its constants are read, and what its sums must hold.</summary>
/// <param name="Node">The node that multiplies.</param>
/// <param name="Weight">Its weights.</param>
/// <param name="Bias">Its integer bias; null where it has none, or a real one.</param>
/// <param name="RealBias">Where a real bias is read that a kernel rounds to steps of xStep·wStep; null for none.</param>
/// <param name="Shape">What the weights' axes are.</param>
/// <param name="InputStep">The real units per step of its input; null where each run finds its own.</param>
/// <param name="Limits">What its sums must hold.</param>
internal sealed record LayerSite(
    NodeProto Node,
    QuantizedConstant Weight,
    QuantizedConstant? Bias,
    Slot? RealBias,
    WeightShape Shape,
    float? InputStep,
    ChannelLimits Limits);
