using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>The result of a layer, or what it reads, of which each channel can be scaled and shifted.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Channels">How many channels it has.</param>
/// <param name="Rank">How many axes.</param>
internal readonly record struct LayerOutput(string Tensor, int Channels, int Rank)
{
    /// <summary>The axis along which the channels lie.</summary>
    internal int Axis { get; init; } = 1;
}

/// <summary>What a node does to one channel: (x + Before) · Factor + After.</summary>
internal readonly record struct ChannelStep(double Before, double Factor, double After)
{
    /// <summary>Whether the step only scales.</summary>
    internal bool IsFactor => Before == 0 && After == 0;

    /// <summary>What becomes of a bias that was added before it.</summary>
    internal double OfBias(double bias) => ((bias + Before) * Factor) + After;

    /// <summary>What a reader of a tensor does to each channel; null where it does anything else.</summary>
    internal static ChannelStep[]? Read(NodeProto node, LayerOutput layer, GraphIndex index)
    {
        if (node.Is("BatchNormalization"))
            return ReadBatchNormalization(node, layer, index);
        if (node.Input.Count != 2 || !NodeAttributes.IsDefaultDomain(node.Domain))
            return null;
        var isFirst = node.Input[0] == layer.Tensor;
        Func<double, ChannelStep>? step = (node.OpType, isFirst) switch
        {
            ("Add", _) => c => new(c, 1, 0),
            ("Sub", true) => c => new(-c, 1, 0),
            ("Sub", false) => c => new(-c, -1, 0),
            ("Mul", _) => c => new(0, c, 0),
            ("Div", true) => c => new(0, 1 / c, 0),
            _ => null,
        };
        if (step is null || PerChannel(index.Initializer(node.Input[isFirst ? 1 : 0]), layer) is not { } constants)
            return null;
        return Array.ConvertAll(constants, c => step(c));
    }

    private static ChannelStep[]? ReadBatchNormalization(NodeProto node, LayerOutput layer, GraphIndex index)
    {
        if (node.Input.Count != 5 || node.Input[0] != layer.Tensor || layer.Axis != 1
            || node.GetInt("training_mode", 0) != 0 || node.Output.Skip(1).Any(o => o.Length > 0))
            return null;
        var parameters = new float[4][];
        for (var i = 0; i < parameters.Length; i++)
        {
            if (index.Initializer(node.Input[i + 1]) is not { } tensor
                || TensorData.Type(tensor) != TensorProto.Types.DataType.Float
                || TensorData.Count(tensor) != layer.Channels)
                return null;
            parameters[i] = TensorData.Floats(tensor);
        }

        var (scale, shift, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3]);
        double epsilon = node.GetFloat("epsilon", 1e-5f);
        var steps = new ChannelStep[layer.Channels];
        for (var c = 0; c < steps.Length; c++)
            steps[c] = new(-(double)mean[c], scale[c] / Math.Sqrt(variance[c] + epsilon), shift[c]);
        return steps;
    }

    /// <summary>The constant for each channel, where a tensor broadcasts along the channel axis only.</summary>
    private static double[]? PerChannel(TensorProto? tensor, LayerOutput layer)
    {
        if (tensor is null || TensorData.Type(tensor) != TensorProto.Types.DataType.Float
            || tensor.Dims.Count > layer.Rank)
            return null;
        var channelAxis = tensor.Dims.Count - layer.Rank + layer.Axis;
        for (var axis = 0; axis < tensor.Dims.Count; axis++)
        {
            if (tensor.Dims[axis] != 1 && (axis != channelAxis || tensor.Dims[axis] != layer.Channels))
                return null;
        }

        var values = TensorData.Floats(tensor);
        var constants = new double[layer.Channels];
        for (var c = 0; c < constants.Length; c++)
            constants[c] = values[values.Length == 1 ? 0 : c];
        return constants;
    }
}
