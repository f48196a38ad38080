using QuantFunctional.Formats;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Comparison;

/// <summary>A tensor that a quantized model holds in integers.</summary>
/// <param name="Switch">The input of the rounded graph that rounds it.</param>
/// <param name="Tensor">The tensor; of weights the initializer.</param>
/// <param name="WeightsOf">The layer whose weights it is; null for an activation.</param>
/// <param name="Encoding">The inputs of the rounded graph that hold an activation's step and zero point, and need not be fed; null for weights.</param>
internal sealed record RoundedTensor(string Switch, string Tensor, NodeProto? WeightsOf, EncodingNames? Encoding = null);

/// <summary>The float model with a switch for each quantized tensor: on, its readers read what the integers stand for.</summary>
/// <param name="Model">The model; each switch is an input of one bool.</param>
/// <param name="Tensors">The tensors in the order of the data, each layer's weights before what it makes.</param>
/// <param name="Corrections">The layers with corrected biases, each with the input that leaves its bias as it was where false, and need not be fed.</param>
internal sealed record RoundedGraph(
    OnnxModel Model, IReadOnlyList<RoundedTensor> Tensors, IReadOnlyList<(NodeProto Layer, string Switch)> Corrections)
{
    /// <summary>Makes it of what was planned; the scheme's own model stays as it is.</summary>
    internal static RoundedGraph Of(
        Scheme scheme, TensorEncodings encodings, IReadOnlyList<PlannedLayer> plans, ActivationStorage storage)
    {
        var writer = new GraphWriter(scheme.Model.Graph, storage.Domain);
        var tensors = new List<RoundedTensor>();
        var read = new Dictionary<string, string>();
        var written = new Dictionary<string, string>();
        var encoded = encodings.Tensors.ToHashSet();
        var corrections = new List<(NodeProto Layer, string Switch)>();
        var addends = new Dictionary<NodeProto, (int At, string Bias)>(ReferenceEqualityComparer.Instance);
        var layers = plans.ToDictionary(
            plan => plan.Node.Layer!.Node, plan => plan, (IEqualityComparer<NodeProto>)ReferenceEqualityComparer.Instance);

        foreach (var outside in encoded.Where(tensor => scheme.Index.Producer(tensor) is null).Order(StringComparer.Ordinal))
            Switched(outside);
        foreach (var original in scheme.Index.TopologicalOrder)
        {
            var node = original.Clone();
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = read.GetValueOrDefault(node.Input[i], node.Input[i]);
            if (layers.TryGetValue(original, out var planned) && original.Input.IndexOf(planned.Node.Layer!.Weight.Name) is >= 0 and var at)
            {
                node.Input[at] = Weights(planned, out var isRounded);
                if (IsCorrected(planned))
                    CorrectedBias(node, planned, isRounded);
            }

            if (addends.TryGetValue(original, out var addend))
                node.Input[addend.At] = addend.Bias;
            GraphWalk.RenameReadsInBodies(node, tensor => read.GetValueOrDefault(tensor, tensor));
            for (var i = 0; i < node.Output.Count; i++)
            {
                if (encoded.Contains(node.Output[i]) && scheme.Index.IsGraphOutput(node.Output[i]))
                    node.Output[i] = written[node.Output[i]] = writer.Fresh($"{node.Output[i]}_unrounded");
            }

            writer.Nodes.Add(node);
            foreach (var output in original.Output.Where(encoded.Contains))
                Switched(output);
        }

        var model = writer.Complete(scheme.Model);
        storage.Import(model.Proto);
        foreach (var (_, name) in corrections)
            model.Graph.Input.Add(Scalar(name, TensorProto.Types.DataType.Bool));
        foreach (var tensor in tensors)
        {
            model.Graph.Input.Add(Scalar(tensor.Switch, TensorProto.Types.DataType.Bool));
            // inputs with an initializer of their name need not be fed
            foreach (var name in tensor.Encoding is { } names ? new[] { names.Step, names.ZeroPoint } : [])
                model.Graph.Input.Add(Scalar(name, TensorData.Type(model.Graph.Initializer.Single(constant => constant.Name == name))));
        }

        return new RoundedGraph(model, tensors, corrections);

        void Switched(string tensor)
        {
            var encoding = encodings.Of(tensor);
            var names = new EncodingNames(
                writer.Constant(TensorData.Make(writer.Fresh($"{tensor}_step_size"), [], [(float)encoding.StepSize])),
                writer.Constant(storage.Tensor(writer.Fresh($"{tensor}_zero_point"), [], [encoding.ZeroPoint])));
            var real = written.GetValueOrDefault(tensor, tensor);
            var rounded = writer.Pair(real, names, tensor);
            var chosen = real == tensor ? writer.Fresh($"{tensor}_chosen") : tensor;
            Choose(tensor, rounded, real, chosen, weightsOf: null, names);
            if (chosen != tensor)
                read[tensor] = chosen;
        }

        string Weights(PlannedLayer planned, out string isRounded)
        {
            var layer = planned.Node.Layer!;
            var rounded = writer.Constant(TensorData.Make(
                writer.Fresh($"{layer.Weight.Name}_rounded"), layer.Weight.Dims, Rounded(layer, planned.Plan).AsSpan()));
            var chosen = writer.Fresh($"{layer.Weight.Name}_chosen");
            isRounded = Choose(layer.Weight.Name, rounded, layer.Weight.Name, chosen, layer.Node);
            return chosen;
        }

        // what corrects the rounding of the weights stands with these alone
        void CorrectedBias(NodeProto node, PlannedLayer planned, string isRounded)
        {
            var layer = planned.Node.Layer!;
            var corrected = Bias(planned.Plan.RealBias.Select(bias => (float)bias), layer);
            var real = Bias(layer.Bias.Length > 0 ? layer.Bias : new float[layer.Channels], layer);
            var isCorrected = writer.Constant(new TensorProto
            {
                Name = writer.Fresh($"{node.DisplayName()}_is_corrected"),
                DataType = (int)TensorProto.Types.DataType.Bool,
                Int32Data = { 1 },
            });
            corrections.Add((layer.Node, isCorrected));
            var both = writer.Fresh($"{node.DisplayName()}_corrects");
            writer.Node("And", writer.Fresh($"{node.DisplayName()}_And"), [isRounded, isCorrected], both);
            var chosen = writer.Fresh($"{node.DisplayName()}_bias_chosen");
            writer.Node("Where", writer.Fresh($"{node.DisplayName()}_bias_Where"), [both, corrected, real], chosen);
            if (layer.Sum is { } sum)
            {
                addends.Add(sum, (sum.Input[0] == layer.Node.Output[0] ? 1 : 0, chosen));
                return;
            }

            while (node.Input.Count < 3)
                node.Input.Add("");
            node.Input[2] = chosen;
        }

        string Bias(IEnumerable<float> values, FoundLayer layer) => writer.Constant(TensorData.Make(
            writer.Fresh($"{layer.Node.DisplayName()}_bias"), [layer.Channels], values.ToArray().AsSpan()));

        string Choose(string tensor, string rounded, string real, string chosen, NodeProto? weightsOf, EncodingNames? encoding = null)
        {
            var name = writer.Fresh($"{tensor}_is_rounded");
            writer.Node("Where", writer.Fresh($"{tensor}_Where"), [name, rounded, real], chosen);
            tensors.Add(new RoundedTensor(name, tensor, weightsOf, encoding));
            return name;
        }
    }

    private static bool IsCorrected(PlannedLayer planned) =>
        planned.Plan.RealBias.Where((bias, channel) => bias != (planned.Node.Layer!.Bias is { Length: > 0 } own ? own[channel] : 0)).Any();

    // what rounding changes is added to the initializer, whatever of a layer's factors was folded into the weights
    private static float[] Rounded(FoundLayer layer, QuantizedLayer plan)
    {
        var (values, stored) = (layer.Values, TensorData.Floats(layer.Weight));
        var steps = LayerWriter.WeightSteps(plan);
        var inner = Shapes.Behind(layer.Weight.Dims, layer.ChannelAxis);
        return [.. values.Select((value, i) =>
        {
            var channel = steps.Length == 1 ? 0 : (int)(i / inner % layer.Channels);
            return stored[i] + ((plan.Integers.Weights[i] * steps[channel]) - value);
        })];
    }

    private static ValueInfoProto Scalar(string name, TensorProto.Types.DataType type) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)type,
                Shape = new TensorShapeProto(),
            },
        },
    };
}
