using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>The float model in which readers of a quantized tensor read what its integers stand for.</summary>
internal abstract class RoundingGraph
{
    private readonly PlannedNetwork _network;
    private readonly Dictionary<string, string> _read = [];
    private readonly Dictionary<NodeProto, (int At, string Bias)> _addends = new(ReferenceEqualityComparer.Instance);

    /// <summary>Begins the graph; the network's own model stays as it is.</summary>
    protected RoundingGraph(PlannedNetwork network)
    {
        _network = network;
        Writer = new GraphWriter(network.Scheme.Model.Graph, network.Storage.Domain);
    }

    /// <summary>What the graph is written with.</summary>
    protected GraphWriter Writer { get; }

    /// <summary>Adds what the readers of an activation read.</summary>
    /// <param name="tensor">The activation.</param>
    /// <param name="real">Under which name its real numbers are there.</param>
    /// <param name="names">The constants of its encoding.</param>
    /// <param name="result">The name that the result must have; any where null.</param>
    /// <returns>The name of the result.</returns>
    protected abstract string Rounded(string tensor, string real, EncodingNames names, string? result);

    /// <summary>The weights and the bias that a layer reads; no bias where it keeps its own.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="weights">A constant of its rounded weights.</param>
    /// <param name="bias">A constant of its corrected bias; null where it has its own.</param>
    protected abstract (string Weights, string? Bias) Rounded(FoundLayer layer, string weights, string? bias);

    private string Read(string tensor) => _read.GetValueOrDefault(tensor, tensor);

    /// <summary>Writes the whole graph.</summary>
    protected OnnxModel Write()
    {
        var (scheme, encodings) = (_network.Scheme, _network.Encodings);
        var encoded = encodings.Tensors.ToHashSet();
        var layers = _network.Layers.ToDictionary(
            plan => plan.Node.Layer!.Node, plan => plan, (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);
        foreach (var outside in encoded.Where(tensor => scheme.Index.Producer(tensor) is null).Order(StringComparer.Ordinal))
            Activation(outside, outside);
        foreach (var original in scheme.Index.TopologicalOrder)
        {
            var node = original.Clone();
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = Read(node.Input[i]);
            if (layers.TryGetValue(original, out var planned) && original.Input.IndexOf(planned.Node.Layer!.Weight.Name) is >= 0 and var at)
                Layer(node, at, planned);
            if (_addends.TryGetValue(original, out var addend))
                node.Input[addend.At] = addend.Bias;
            GraphWalk.RenameReadsInBodies(node, Read);
            for (var i = 0; i < node.Output.Count; i++)
            {
                if (encoded.Contains(node.Output[i]) && scheme.Index.IsGraphOutput(node.Output[i]))
                    node.Output[i] = Writer.Fresh($"{node.Output[i]}_unrounded");
            }

            Writer.Nodes.Add(node);
            foreach (var (tensor, real) in original.Output.Zip(node.Output).Where(output => encoded.Contains(output.First)).ToList())
                Activation(tensor, real);
        }

        var model = Writer.Complete(scheme.Model);
        _network.Storage.Import(model.Proto);
        return model;
    }

    /// <summary>An input of one element.</summary>
    protected static ValueInfoProto Scalar(string name, TensorProto.Types.DataType type) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() },
        },
    };

    private void Activation(string tensor, string real)
    {
        var encoding = _network.Encodings.Of(tensor);
        var names = new EncodingNames(
            Writer.Constant(TensorData.Make(Writer.Fresh($"{tensor}_step_size"), [], [(float)encoding.StepSize])),
            Writer.Constant(_network.Storage.Tensor(Writer.Fresh($"{tensor}_zero_point"), [], [encoding.ZeroPoint])));
        var result = Rounded(tensor, real, names, real == tensor ? null : tensor);
        if (result != tensor)
            _read[tensor] = result;
    }

    private void Layer(NodeProto node, int at, PlannedLayer planned)
    {
        var (layer, plan) = (planned.Node.Layer!, planned.Plan);
        var weights = Writer.Constant(TensorData.Make(
            Writer.Fresh($"{layer.Weight.Name}_rounded"), layer.Weight.Dims, RoundedWeights(layer, plan).AsSpan()));
        (node.Input[at], var bias) = Rounded(layer, weights, IsCorrected(planned) ? CorrectedBias(layer, plan) : null);
        if (bias is null)
            return;
        if (layer.Sum is { } sum)
        {
            _addends.Add(sum, (sum.Input[0] == layer.Node.Output[0] ? 1 : 0, bias));
            return;
        }

        while (node.Input.Count < 3)
            node.Input.Add("");
        node.Input[2] = bias;
    }

    /// <summary>A constant of real biases.</summary>
    protected string Bias(FoundLayer layer, IEnumerable<float> values) => Writer.Constant(TensorData.Make(
        Writer.Fresh($"{layer.Node.DisplayName()}_bias"), [layer.Channels], values.ToArray().AsSpan()));

    private string CorrectedBias(FoundLayer layer, QuantizedLayer plan) => Bias(layer, plan.RealBias.Select(bias => (float)bias));

    private static bool IsCorrected(PlannedLayer planned) => planned.Plan.RealBias
        .Where((bias, channel) => bias != (planned.Node.Layer!.Bias is { Length: > 0 } own ? own[channel] : 0))
        .Any();

    // what rounding changes is added to the initializer, whatever of a layer's factors was folded into the weights
    private static float[] RoundedWeights(FoundLayer layer, QuantizedLayer plan)
    {
        var (values, stored, rounded) = (layer.Values, TensorData.Floats(layer.Weight), LayerWriter.Dequantized(layer, plan));
        return [.. values.Select((value, i) => stored[i] + (rounded[i] - value))];
    }
}
