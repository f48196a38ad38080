using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Reading;

/// <summary>
/// A Conv or Gemm of integers that training with quantization leaves with Div, Add or BatchNormalization behind it: by channel they
/// only scale and shift, so that all of it is one layer, whose weights keep their integers and get other steps. One with nothing
/// behind it is meant, too, where a Flatten before it keeps it in float.
/// </summary>
internal sealed class UnfoldedLayer
{
    /// <summary>The first version of DequantizeLinear with steps along an axis.</summary>
    internal const long FirstOpsetOfAxis = 13;

    private readonly UnfoldedConstants _constants;
    private readonly double[] _factors;
    private readonly double[] _biases;
    private readonly List<NodeProto> _behind = [];

    private UnfoldedLayer(NodeProto node, UnfoldedConstants constants)
    {
        (Node, _constants) = (node, constants);
        _factors = [.. Enumerable.Repeat(1.0, constants.Channels)];
        _biases = [.. constants.Biases];
    }

    /// <summary>The Conv or Gemm.</summary>
    internal NodeProto Node { get; }

    /// <summary>What stands between it and the Relu, Clip or QuantizeLinear that reads the result, in order.</summary>
    internal IReadOnlyList<NodeProto> Behind => _behind;

    /// <summary>The layers of a model's main graph that are so written, in the order of the data.</summary>
    internal static IReadOnlyList<UnfoldedLayer> Of(OnnxModel model, GraphIndex index)
    {
        if (model.Opset < FirstOpsetOfAxis)
            return [];
        var types = new StatedTypes(model.Graph, index);
        return [.. index.TopologicalOrder.Select(node => Read(node, index, types)).OfType<UnfoldedLayer>()];
    }

    private static UnfoldedLayer? Read(NodeProto node, GraphIndex index, StatedTypes types)
    {
        if (UnfoldedConstants.Read(node, index, types) is not { } constants)
            return null;
        var layer = new UnfoldedLayer(node, constants);
        var output = node.Output[0];
        while (index.SoleConsumer(output) is { } next
            && ChannelStep.Read(next, new LayerOutput(output, constants.Channels, constants.Stored.Dims.Count), index) is { } steps)
        {
            layer.Absorb(next, steps);
            output = next.Output[0];
        }

        return (layer._behind.Count > 0 || constants.IsBehindFlatten(node, index)) && IsQuantized(output, index) && constants.Takes(layer._factors, layer._biases) ? layer : null;
    }

    /// <summary>Makes it one layer, in place.</summary>
    internal void Fold(GraphEditor graph)
    {
        _constants.Write(graph, Node, _factors, _biases);
        if (_behind.Count == 0)
            return;
        GraphEditor.RenameOutput(Node, _behind[^1].Output[0]);
        graph.RemoveNodes(_behind);
    }

    private void Absorb(NodeProto next, ChannelStep[] steps)
    {
        for (var c = 0; c < steps.Length; c++)
            (_factors[c], _biases[c]) = (_factors[c] * steps[c].Factor, steps[c].OfBias(_biases[c]));
        _behind.Add(next);
    }

    /// <summary>Whether a QuantizeLinear alone reads a tensor, or a Relu or Clip before one.</summary>
    private static bool IsQuantized(string tensor, GraphIndex index)
    {
        var reader = index.SoleConsumer(tensor);
        while (reader is not null && ActivationBounds.Of(reader, index) is not null)
            reader = index.SoleConsumer(reader.Output[0]);
        return reader is not null && StorageReader.Is(reader, "QuantizeLinear");
    }
}
