using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>The real weights of a float model by the names of its nodes, folded as they are before they become integers.</summary>
internal sealed class FloatWeights
{
    private readonly Dictionary<string, FoundLayer> _products = [];
    private readonly Dictionary<string, TensorProto> _tables = [];

    /// <summary>Prepares a float model; weights are read when they are asked for.</summary>
    /// <exception cref="QuantException">It is quantized already.</exception>
    internal FloatWeights(OnnxModel model)
    {
        var prepared = ModelPreparation.Prepare(Exclusions.Named(model), staysTransposed: _ => true, staysApart: _ => true);
        foreach (var layer in WeightLayers.Find(prepared, new Dictionary<string, string>()).Found)
            _products.TryAdd(layer.Node.DisplayName(), layer);
        var index = new GraphIndex(prepared.Graph);
        foreach (var node in prepared.Graph.Node.Where(node => node.Is("Gather")))
        {
            if (index.Initializer(node.Input[0]) is { Dims.Count: 2 } table && TensorData.IsReal(table))
                _tables.TryAdd(node.DisplayName(), table);
        }
    }

    /// <summary>The real weights that became integers; null where the model has none of that name and size.</summary>
    internal RealMatrix? Of(IntegerWeight weight)
    {
        if (weight.IsTable)
        {
            return _tables.TryGetValue(weight.Name, out var table) && table.Dims[0] == weight.Channels && table.Dims[1] == weight.Inputs
                ? new RealMatrix(TensorData.Floats(table), weight.Inputs, 1)
                : null;
        }

        if (!_products.TryGetValue(weight.Name, out var layer)
            || layer.Weight.Dims[layer.ChannelAxis] != weight.Channels || layer.Weight.Dims[1 - layer.ChannelAxis] != weight.Inputs)
            return null;
        return layer.ChannelAxis == 0
            ? new RealMatrix(layer.Values, weight.Inputs, 1)
            : new RealMatrix(layer.Values, 1, weight.Channels);
    }

    /// <summary>Weights by output channel and input.</summary>
    /// <param name="Values">The numbers.</param>
    /// <param name="ChannelStride">How far two channels lie apart.</param>
    /// <param name="InputStride">How far two inputs lie apart.</param>
    internal sealed record RealMatrix(float[] Values, int ChannelStride, int InputStride)
    {
        internal double At(int channel, int input) => Values[((long)channel * ChannelStride) + ((long)input * InputStride)];
    }
}
