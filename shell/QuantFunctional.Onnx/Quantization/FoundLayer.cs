using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Quantization;

/// <summary>A convolution or product with constant weights.</summary>
/// <param name="Node">The node of the prepared model.</param>
/// <param name="Weight">The initializer that holds its weights.</param>
/// <param name="Layout">The order of the weights' axes.</param>
/// <param name="ChannelAxis">The weights' axis of output channels, as DequantizeLinear names it.</param>
/// <param name="Values">The weights.</param>
/// <param name="Bias">One bias for each output channel, or empty.</param>
internal sealed record FoundLayer(
    NodeProto Node,
    TensorProto Weight,
    WeightLayout Layout,
    int ChannelAxis,
    float[] Values,
    float[] Bias)
{
    /// <summary>The number of output channels.</summary>
    internal int Channels => (int)Weight.Dims[ChannelAxis];
}
