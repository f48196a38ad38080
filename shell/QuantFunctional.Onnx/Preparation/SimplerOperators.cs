using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes operators without integer kernels as those that have some and compute the same.</summary>
internal static class SimplerOperators
{
    /// <summary>
    /// Sum becomes Adds, Mean a Sum that is multiplied, GlobalMaxPool a ReduceMax, SpaceToDepth what it moves; a pool says its pads itself, and loses the
    /// attributes that have no effect. Only float32 tensors are looked at.
    /// </summary>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts)
    {
        foreach (var node in graph.Graph.Node.ToList())
        {
            if (node.Input.Count == 0 || !facts.TryGet(node.Input[0], out var fact) || fact.Type != TensorProto.Types.DataType.Float)
                continue;
            if (node.Is("Sum") || node.Is("Mean"))
                AsSums(graph, node);
            else if (node.Is("GlobalMaxPool") && fact.Rank is { } rank and > 2)
                AsMaximum(graph, node, rank);
            else if ((node.Is("MaxPool") || node.Is("AveragePool"))
                && SamePadding.Pads(node, node.GetInts("kernel_shape") ?? [], [.. fact.Dims.Skip(2)]) is { } pads)
                WithPads(node, pads);
            else if (node.Is("AveragePool") && node.GetInt("ceil_mode", 0) != 0 && node.GetInt("count_include_pad", 0) != 0)
                AsPlainWindows(node, fact.Dims);
            else if (node.Is("SpaceToDepth") && fact.Rank == 4 && fact.Dims[1] > 0)
                AsMoves(graph, node, fact.Dims[1]);
        }

        graph.SortNodes();
    }

    /// <summary>ONNX Runtime fails at a pool whose auto_pad comes to fewer pads than none, unless it runs in blocks of channels.</summary>
    private static void WithPads(NodeProto node, IReadOnlyList<long> pads)
    {
        node.SetInts("pads", pads);
        node.Remove("auto_pad");
        node.Remove("ceil_mode");
    }

    private static void AsSums(GraphEditor graph, NodeProto node)
    {
        var inputs = node.Input.ToList();
        var output = node.Output[0];
        if (inputs.Count < 2)
            return;
        if (node.Is("Mean"))
        {
            var share = graph.AddInitializer(TensorData.Make($"{output}_share", [], [1f / inputs.Count]));
            var sum = graph.FreshName($"{output}_sum");
            GraphEditor.RenameOutput(node, sum);
            graph.Graph.Node.Add(new NodeProto { OpType = "Mul", Input = { sum, share }, Output = { output } });
        }

        var first = inputs[0];
        foreach (var next in inputs.Skip(1).SkipLast(1))
        {
            var partial = graph.FreshName($"{output}_partial");
            graph.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { first, next }, Output = { partial } });
            first = partial;
        }

        node.OpType = "Add";
        node.Input.Clear();
        node.Input.Add([first, inputs[^1]]);
    }

    private static void AsMaximum(GraphEditor graph, NodeProto node, int rank)
    {
        node.OpType = "ReduceMax";
        node.Attribute.Clear();
        graph.SetReducedAxes(node, Enumerable.Range(2, rank - 2).Select(axis => (long)axis));
    }

    /// <summary>
    /// Windows that reach beyond the pads count what lies within them, and without pads what lies within the input; ONNX Runtime's
    /// integer kernel counts all of a window. Where none reaches beyond, there is nothing to round up.
    /// </summary>
    private static void AsPlainWindows(NodeProto node, IReadOnlyList<long> dims)
    {
        var isPadded = node.GetString("auto_pad", "NOTSET").StartsWith("SAME", StringComparison.Ordinal);
        if (!isPadded && (node.GetInts("pads") ?? []).All(pad => pad == 0))
        {
            node.Remove("count_include_pad");
            return;
        }

        var kernel = node.GetInts("kernel_shape") ?? [];
        var (pads, strides) = (node.GetInts("pads"), node.GetInts("strides"));
        var fits = !isPadded && dims.Count == kernel.Count + 2 && Enumerable.Range(0, kernel.Count).All(axis =>
            dims[axis + 2] > 0
            && (dims[axis + 2] + (pads?[axis] ?? 0) + (pads?[kernel.Count + axis] ?? 0) - kernel[axis]) % (strides?[axis] ?? 1) == 0);
        if (fits)
            node.Remove("ceil_mode");
    }

    /// <summary>
    /// With the channels last, neighbours along an axis become channels by Reshape alone: no size but that of the channels needs
    /// to be known.
    /// </summary>
    private static void AsMoves(GraphEditor graph, NodeProto node, long channels)
    {
        var block = node.GetInt("blocksize", 1);
        var output = node.Output[0];
        var tensor = node.Input[0];
        Transpose(0, 2, 3, 1);
        Reshape(channels * block);
        Transpose(0, 2, 1, 3);
        Reshape(channels * block * block);
        node.OpType = "Transpose";
        node.Attribute.Clear();
        node.Input[0] = tensor;
        node.SetInts("perm", [0, 3, 2, 1]);

        void Transpose(params long[] order) => Move("Transpose").SetInts("perm", order);

        void Reshape(long depth) => Move("Reshape", graph.AddInitializer(
            TensorData.Make($"{output}_shape", [4], (long[])[0, 0, -1, depth])));

        NodeProto Move(string opType, params string[] more)
        {
            var made = graph.FreshName($"{output}_moved");
            var move = new NodeProto { OpType = opType, Input = { tensor, more }, Output = { made } };
            graph.Graph.Node.Add(move);
            tensor = made;
            return move;
        }
    }
}
