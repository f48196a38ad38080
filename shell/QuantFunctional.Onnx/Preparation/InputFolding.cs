using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Merges what only scales and shifts the channels of a layer's input (Add, Sub, Mul, Div by constants, BatchNormalization) into the
/// weights and bias of the layer, where nobody else reads it. Where a Conv pads, zeros beside shifted values stand in the way of a shift.
/// </summary>
internal static class InputFolding
{
    // a tensor that lies further from zero has too few steps where it varies
    private const double MostDeviations = 4;

    /// <summary>Folds what stands before every Conv, Gemm or MatMul with constant float32 weights.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="facts">What is known of its tensors.</param>
    /// <param name="staysApart">Which operators are to stay.</param>
    internal static void Fold(GraphEditor graph, TensorFacts facts, Func<NodeProto, bool> staysApart)
    {
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (ScaledInput.Read(node, graph.Index, facts) is not { } layer)
                continue;
            var absorbed = new List<NodeProto>();
            while (Before(layer, absorbed.LastOrDefault(node), graph.Index, facts) is var (maker, tensor, steps)
                && !staysApart(maker) && layer.TryAbsorb(steps, tensor))
                absorbed.Add(maker);
            if (absorbed.Count == 0)
                continue;
            layer.Write(graph);
            graph.RemoveNodes(absorbed);
        }

        graph.SortNodes();
    }

    /// <summary>The maker of what a layer reads, what it reads itself, and what it does to each channel.</summary>
    private static (NodeProto Maker, string Tensor, ChannelStep[] Steps)? Before(
        ScaledInput layer, NodeProto reader, GraphIndex index, TensorFacts facts)
    {
        if (index.Producer(layer.Input.Tensor) is not { } maker || index.SoleConsumer(layer.Input.Tensor) != reader
            || maker.Input.FirstOrDefault(input => index.Initializer(input) is null) is not { Length: > 0 } tensor
            || ChannelStep.Read(maker, layer.Input with { Tensor = tensor }, index) is not { } steps
            || !KeepsShape(maker, layer.Input with { Tensor = tensor }, index, facts)
            || new Normalizations(index).IsResult(tensor) || IsFarFromZero(maker, index))
            return null;
        return (maker, tensor, steps);
    }

    /// <summary>Whether a constant does not make more of a tensor than it is, as that of three channels does of one.</summary>
    private static bool KeepsShape(NodeProto maker, LayerOutput input, GraphIndex index, TensorFacts facts)
    {
        var constant = index.Initializer(maker.Input[maker.Input[0] == input.Tensor ? 1 : 0]);
        if (maker.Is("BatchNormalization") || constant is { Dims.Count: 0 })
            return true;
        return facts.TryGet(input.Tensor, out var fact) && fact.Dims.Count == input.Rank
            && (TensorData.Count(constant!) == 1 || fact.Dims[input.Axis] == input.Channels);
    }

    private static bool IsFarFromZero(NodeProto maker, GraphIndex index)
    {
        if (!maker.Is("BatchNormalization"))
            return false;
        var (means, variances) = (TensorData.Floats(index.Initializer(maker.Input[3])!), TensorData.Floats(index.Initializer(maker.Input[4])!));
        double epsilon = maker.GetFloat("epsilon", 1e-5f);
        return means.Zip(variances).Any(channel => !(Math.Abs(channel.First) <= MostDeviations * Math.Sqrt(channel.Second + epsilon)));
    }
}
