using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Adds to the bias of a layer, or gives it one: a product of more than matrices has it in an Add behind it.</summary>
internal static class ShiftedBias
{
    /// <summary>Whether a layer's bias, if it has one, is a constant for each channel or for all.</summary>
    internal static bool IsKnown(NodeProto layer, GraphIndex index, int channels) =>
        layer.InputOrEmpty(2) is not { Length: > 0 } name || Values(index.Initializer(name), channels) is not null;

    /// <summary>Changes it in place.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="layer">A layer whose bias is known.</param>
    /// <param name="rank">How many axes its input has.</param>
    /// <param name="weight">What its weight is called.</param>
    /// <param name="sums">What is added to each output channel.</param>
    internal static void Add(GraphEditor graph, NodeProto layer, int rank, string weight, double[] sums)
    {
        if (layer.Is("MatMul") && rank > 2)
        {
            AddBehind(graph, layer, weight, sums);
            return;
        }

        if (layer.Is("MatMul"))
            layer.OpType = "Gemm";
        var old = layer.InputOrEmpty(2);
        while (layer.Input.Count < 3)
            layer.Input.Add("");
        layer.Input[2] = Sum(graph, old, weight, sums);
    }

    private static void AddBehind(GraphEditor graph, NodeProto product, string weight, double[] sums)
    {
        var output = product.Output[0];
        if (graph.Index.SoleConsumer(output) is { } reader && reader.Is("Add")
            && (reader.Input[0] == output ? 1 : 0) is var at && Values(graph.Index.Initializer(reader.Input[at]), sums.Length) is not null)
        {
            reader.Input[at] = Sum(graph, reader.Input[at], weight, sums);
            return;
        }

        var bias = Sum(graph, "", weight, sums);
        GraphEditor.RenameOutput(product, graph.FreshName($"{output}_product"));
        graph.Graph.Node.Add(new NodeProto { Name = graph.FreshName($"{output}_bias"), OpType = "Add", Input = { product.Output[0], bias }, Output = { output } });
    }

    private static string Sum(GraphEditor graph, string old, string weight, double[] sums)
    {
        var values = Values(graph.Index.Initializer(old), sums.Length);
        var all = sums.Select((sum, channel) => (float)((values?[channel] ?? 0) + sum)).ToArray();
        return graph.AddInitializer(TensorData.Make(old.Length > 0 ? old + "_shifted" : weight + "_bias", [all.Length], all));
    }

    private static double[]? Values(TensorProto? bias, int channels)
    {
        if (bias is null || TensorData.Type(bias) != TensorProto.Types.DataType.Float || bias.Dims.SkipLast(1).Any(dim => dim != 1)
            || !(TensorData.Count(bias) == channels || TensorData.Count(bias) == 1))
            return null;
        var values = TensorData.Floats(bias);
        return [.. Enumerable.Range(0, channels).Select(channel => (double)values[values.Length == 1 ? 0 : channel])];
    }
}
