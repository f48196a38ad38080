using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Writes what a Pad or Resize of opset 18 says of some axes for all axes. ONNX Runtime turns the axes of what stands between
/// quantized convolutions, and does not turn those that such a node names: it fails at its first run.
/// </summary>
internal static class WrittenAxes
{
    private const int PadAxes = 3;
    private const int ResizeScales = 2;
    private const int ResizeSizes = 3;

    /// <summary>Rewrites them in place, where the number of axes is known.</summary>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts)
    {
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (!(node.Is("Pad") || node.Is("Resize")) || facts.Rank(node.Input[0]) is not { } rank)
                continue;
            if (node.Is("Pad") && graph.Index.Initializer(node.InputOrEmpty(PadAxes)) is { } axes)
                Pad(graph, node, FromFront(TensorData.Integers(axes), rank), rank);
            else if (node.Is("Resize") && node.GetInts("axes") is { } resized && node.GetString("keep_aspect_ratio_policy", "stretch") == "stretch")
                Resize(graph, node, FromFront(resized, rank), rank, facts);
        }

        graph.Changed();
    }

    private static int[] FromFront(IEnumerable<long> axes, int rank) => [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis))];

    private static void Pad(GraphEditor graph, NodeProto node, int[] axes, int rank)
    {
        if (graph.Index.Initializer(node.Input[1]) is not { } constant)
            return;
        var pads = TensorData.Integers(constant);
        var all = new long[2 * rank];
        for (var i = 0; i < axes.Length; i++)
            (all[axes[i]], all[rank + axes[i]]) = (pads[i], pads[axes.Length + i]);
        node.Input[1] = graph.AddInitializer(TensorData.Make($"{node.Output[0]}_pads", [all.Length], all.AsSpan()));
        node.Input.RemoveAt(PadAxes);
    }

    private static void Resize(GraphEditor graph, NodeProto node, int[] axes, int rank, TensorFacts facts)
    {
        if (graph.Index.Initializer(node.InputOrEmpty(ResizeScales)) is { } constant && TensorData.Count(constant) > 0)
        {
            float[] all = [.. Enumerable.Repeat(1f, rank)];
            var scales = TensorData.Floats(constant);
            for (var i = 0; i < axes.Length; i++)
                all[axes[i]] = scales[i];
            node.Input[ResizeScales] = graph.AddInitializer(TensorData.Make($"{node.Output[0]}_scales", [rank], all.AsSpan()));
        }
        else if (node.InputOrEmpty(ResizeSizes) is { Length: > 0 } sizes)
        {
            node.Input[ResizeSizes] = Sizes(graph, node, sizes, axes, facts);
        }
        else
        {
            return;
        }

        node.Remove("axes");
    }

    /// <summary>The sizes of all axes: as a constant, else as the input's own shape with the named ones in their places.</summary>
    private static string Sizes(GraphEditor graph, NodeProto node, string named, int[] axes, TensorFacts facts)
    {
        var called = $"{node.Output[0]}_sizes";
        if (facts.TryGet(node.Input[0], out var fact)
            && graph.Index.Initializer(named) is { } constant
            && Enumerable.Range(0, fact.Dims.Count).All(axis => axes.Contains(axis) || fact.Dims[axis] > 0))
        {
            var all = fact.Dims.ToArray();
            var sizes = TensorData.Integers(constant);
            for (var i = 0; i < axes.Length; i++)
                all[axes[i]] = sizes[i];
            return graph.AddInitializer(TensorData.Make(called, [all.Length], all.AsSpan()));
        }

        var places = graph.AddInitializer(TensorData.Make($"{called}_axes", [axes.Length], Array.ConvertAll(axes, axis => (long)axis).AsSpan()));
        var (shape, output) = (graph.FreshName($"{called}_before"), graph.FreshName(called));
        var at = graph.Graph.Node.IndexOf(node);
        graph.Graph.Node.Insert(at, new NodeProto { Name = shape, OpType = "Shape", Input = { node.Input[0] }, Output = { shape } });
        graph.Graph.Node.Insert(at + 1, new NodeProto { Name = output, OpType = "ScatterElements", Input = { shape, places, named }, Output = { output } });
        return output;
    }
}
