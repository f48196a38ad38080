using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Judging;

/// <summary>A convolution or product with constant weights.</summary>
/// <param name="Node">The node of the prepared model.</param>
/// <param name="Weight">The initializer that holds its weights.</param>
/// <param name="Layout">The order of the weights' axes.</param>
/// <param name="ChannelAxis">The weights' axis of output channels, as DequantizeLinear names it.</param>
/// <param name="Bias">One bias for each output channel, or empty.</param>
/// <param name="Sum">The Add of the bias, where the layer is a MatMul that has one.</param>
/// <param name="RowsShape">
/// The input's dimensions but for the last, -1 where not known; null where not even their number is.
/// </param>
internal sealed record FoundLayer(
    NodeProto Node,
    TensorProto Weight,
    WeightLayout Layout,
    int ChannelAxis,
    float[] Bias,
    NodeProto? Sum = null,
    IReadOnlyList<long>? RowsShape = null)
{
    private readonly HeldWeights _values = new(Weight);

    /// <summary>The weights as the initializer holds them; those of a file are read again where nobody holds them.</summary>
    internal float[] Values => _values.Get();

    /// <summary>The number of output channels.</summary>
    internal int Channels => (int)Weight.Dims[ChannelAxis];

    /// <summary>The nodes of the model that make up the layer.</summary>
    internal IEnumerable<NodeProto> Nodes => Sum is null ? [Node] : [Node, Sum];
}
