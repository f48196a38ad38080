using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Weaves the phases of a Conv's channels into its spatial axes, and cuts off what is too much.</summary>
/// <remarks>
/// Transpose and Reshape by channels that come last, axis by axis: no size but that of the channels needs to be known, and in
/// ONNX Runtime, whose convolutions have their channels last too, it is faster than DepthToSpace.
/// </remarks>
internal sealed class PhaseWeaving(GraphEditor graph, TransposedLayer layer, string output)
{
    private string _tensor = "";
    private int[] _order = [];

    /// <summary>Puts the moves behind a node, whose output they take over.</summary>
    internal void Weave(NodeProto last)
    {
        var woven = Enumerable.Range(0, layer.Axes.Count).Reverse().Where(axis => layer.Axes[axis].Phases > 1).ToList();
        var cut = layer.Axes.Any(axis => axis.Before + axis.After > 0);
        if (woven.Count == 0 && !cut)
            return;
        _order = [.. Enumerable.Range(0, layer.Axes.Count + 2)];
        _tensor = graph.FreshName($"{output}_phases");
        GraphEditor.RenameOutput(last, _tensor);
        if (layer.Group > 1 && layer.Phases > 1)
            Move("Gather", "by_phase", Constant("channels", [.. layer.ChannelsByPhase()])).SetInt("axis", 1);
        var channels = (long)layer.Channels * layer.Phases;
        foreach (var axis in woven)
        {
            // the axis comes next to the channels, whose slowest part it takes in
            Turn([.. _order.Where(other => other != axis + 2 && other != 1), axis + 2, 1]);
            channels /= layer.Axes[axis].Phases;
            long[] shape = [.. new long[_order.Length - 2], -1, channels];
            Move("Reshape", "woven", Constant("woven_shape", shape));
        }

        if (cut)
            Cut();
        Turn([.. Enumerable.Range(0, _order.Length)]);
        graph.Graph.Node[^1].Output[0] = output;
    }

    private void Turn(int[] order)
    {
        if (order.SequenceEqual(_order))
            return;
        Move("Transpose", "turned").SetInts("perm", order.Select(axis => (long)Array.IndexOf(_order, axis)));
        _order = order;
    }

    private void Cut()
    {
        var axes = Enumerable.Range(0, layer.Axes.Count)
            .Where(axis => layer.Axes[axis].Before + layer.Axes[axis].After > 0)
            .ToList();
        Move(
            "Slice",
            "cut",
            Constant("starts", [.. axes.Select(axis => (long)layer.Axes[axis].Before)]),
            Constant("ends", [.. axes.Select(axis => layer.Axes[axis].After > 0 ? -(long)layer.Axes[axis].After : long.MaxValue)]),
            Constant("axes", [.. axes.Select(axis => (long)Array.IndexOf(_order, axis + 2))]));
    }

    private NodeProto Move(string opType, string what, params string[] more)
    {
        var made = graph.FreshName($"{output}_{what}");
        var node = new NodeProto { OpType = opType, Input = { _tensor, more }, Output = { made } };
        graph.Graph.Node.Add(node);
        _tensor = made;
        return node;
    }

    private string Constant(string what, long[] values) =>
        graph.AddInitializer(TensorData.Make($"{output}_{what}", [values.Length], values));
}
