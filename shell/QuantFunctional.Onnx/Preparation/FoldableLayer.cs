using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// A Conv, ConvTranspose, Gemm, or MatMul of matrices with constant float32 weights. Factors and biases gather here in double, per
/// output channel, and are rounded to float32 once, when they are written.
/// </summary>
internal sealed class FoldableLayer
{
    private readonly TensorProto _weight;
    private readonly Func<int, int> _channelOf;
    private readonly double[] _factors;
    private double[]? _biases;
    private bool _changed;

    private FoldableLayer(NodeProto node, TensorProto weight, int channels, Func<int, int> channelOf)
    {
        Node = node;
        _weight = weight;
        _channelOf = channelOf;
        Channels = channels;
        _factors = new double[Channels];
        Array.Fill(_factors, 1.0);
    }

    internal NodeProto Node { get; }

    internal int Channels { get; }

    /// <summary>Its result as it is now.</summary>
    internal LayerOutput Output => new(Node.Output[0], Channels, _weight.Dims.Count);

    /// <summary>Whether the bias is known, so that what follows can be merged into it.</summary>
    internal bool CanAbsorb { get; private set; } = true;

    /// <summary>The layer that a node is; null for other nodes and for weights that are not constant float32.</summary>
    internal static FoldableLayer? Read(NodeProto node, GraphIndex index, TensorFacts facts)
    {
        var isTransposed = node.Is("ConvTranspose");
        var isConv = node.Is("Conv") || isTransposed;
        var isGemm = node.Is("Gemm");
        if (!isConv && !isGemm && !node.Is("MatMul"))
            return null;
        if (index.Initializer(node.InputOrEmpty(1)) is not { } weight
            || !IsFloat(weight)
            || TensorData.Count(weight) == 0)
            return null;
        if (isConv ? weight.Dims.Count < 3 : weight.Dims.Count != 2)
            return null;
        if (node.Is("MatMul") && facts.Rank(node.Input[0]) != 2)
            return null;

        var layer = isTransposed ? Transposed(node, weight)
            : !isConv && node.GetInt("transB", 0) == 0 ? ChannelsLast(node, weight)
            : ChannelsFirst(node, weight);
        layer?.ReadBias(index, isGemm);
        return layer;
    }

    private static FoldableLayer ChannelsFirst(NodeProto node, TensorProto weight)
    {
        var (channels, perChannel) = ((int)weight.Dims[0], TensorData.Count(weight) / weight.Dims[0]);
        return new FoldableLayer(node, weight, channels, i => (int)(i / perChannel));
    }

    private static FoldableLayer ChannelsLast(NodeProto node, TensorProto weight)
    {
        var channels = (int)weight.Dims[^1];
        return new FoldableLayer(node, weight, channels, i => i % channels);
    }

    /// <summary>Input channels first, of all groups; then the output channels of the input channel's group.</summary>
    private static FoldableLayer? Transposed(NodeProto node, TensorProto weight)
    {
        var group = (int)node.GetInt("group", 1);
        if (group < 1 || weight.Dims[0] % group != 0)
            return null;
        var (ofGroup, inputs) = ((int)weight.Dims[1], (int)weight.Dims[0] / group);
        var taps = weight.Dims.Skip(2).Aggregate(1, (product, size) => product * (int)size);
        return new FoldableLayer(
            node, weight, ofGroup * group, i => (i / (taps * ofGroup) / inputs * ofGroup) + (i / taps % ofGroup));
    }

    /// <summary>Takes in what the only reader of the output does, and makes that reader's output.</summary>
    internal void Absorb(NodeProto next, ChannelStep[] steps)
    {
        if (_biases is null && !steps.All(s => s.IsFactor))
            _biases = new double[Channels];
        for (var c = 0; c < Channels; c++)
        {
            _factors[c] *= steps[c].Factor;
            if (_biases is not null)
                _biases[c] = steps[c].OfBias(_biases[c]);
        }

        if (Node.Is("MatMul"))
            Node.OpType = "Gemm";
        GraphEditor.RenameOutput(Node, next.Output[0]);
        _changed = true;
    }

    /// <summary>Gives the node its new weights and bias. The old ones stay for whoever else reads them.</summary>
    internal void Write(GraphEditor graph)
    {
        if (!_changed)
            return;
        if (_factors.Any(f => f != 1.0))
            Node.Input[1] = graph.AddInitializer(TensorData.Make(_weight.Name + "_folded", _weight.Dims, Weights()));
        if (_biases is null)
            return;
        var old = Node.InputOrEmpty(2);
        var wish = old.Length > 0 ? old + "_folded" : _weight.Name + "_bias";
        var bias = TensorData.Make(wish, [Channels], Array.ConvertAll(_biases, b => (float)b));
        while (Node.Input.Count < 3)
            Node.Input.Add("");
        Node.Input[2] = graph.AddInitializer(bias);
    }

    private void ReadBias(GraphIndex index, bool isGemm)
    {
        var name = Node.InputOrEmpty(2);
        var tensor = index.Initializer(name);
        var values = tensor is not null && IsFloat(tensor) && IsPerChannel(tensor) ? TensorData.Floats(tensor) : null;
        CanAbsorb = name.Length == 0 || values is not null;
        if (values is not null)
            _biases = [.. Enumerable.Range(0, Channels).Select(c => (double)values[values.Length == 1 ? 0 : c])];
        if (!isGemm)
            return;

        double alpha = Node.GetFloat("alpha", 1);
        double beta = Node.GetFloat("beta", 1);
        _changed = alpha != 1 || (_biases is not null && (beta != 1 || tensor!.Dims is not [_]
            || tensor.Dims[0] != Channels));
        Array.Fill(_factors, alpha);
        Node.Remove("alpha");
        if (!CanAbsorb)
            return;
        Node.Remove("beta");
        for (var c = 0; c < _biases?.Length; c++)
            _biases[c] *= beta;
    }

    private bool IsPerChannel(TensorProto tensor) =>
        tensor.Dims.Count <= 2
        && (tensor.Dims.Count < 2 || tensor.Dims[0] == 1)
        && (tensor.Dims.Count == 0 || tensor.Dims[^1] == 1 || tensor.Dims[^1] == Channels);

    private float[] Weights()
    {
        var weights = TensorData.Floats(_weight);
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)(weights[i] * _factors[_channelOf(i)]);
        return weights;
    }

    private static bool IsFloat(TensorProto tensor) => TensorData.Type(tensor) == TensorProto.Types.DataType.Float;
}
