using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Brings a MatMul whose constant stands on the left, or holds several matrices, into the form of a layer: a runtime tensor by
/// one constant matrix, or a grouped Conv of one product for each matrix.
/// </summary>
internal static class ProductForms
{
    /// <summary>Rewrites them in place; one of unknown rank stays.</summary>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts)
    {
        foreach (var node in graph.Graph.Node.Where(node => node.Is("MatMul")).ToList())
        {
            AsMatrix(node, graph, facts);
            if (Constant(node, 0, graph) is { } left && Constant(node, 1, graph) is null)
                FromLeft(node, graph, left, facts);
            else if (Constant(node, 1, graph) is { Dims.Count: > 2 } matrices && Constant(node, 0, graph) is null
                && facts.TryGet(node.Input[0], out var input) && input.Rank is not null)
                Batched(node, graph, matrices, input.Dims);
        }

        graph.SortNodes();
    }

    private static TensorProto? Constant(NodeProto node, int position, GraphEditor graph) =>
        graph.Index.Initializer(node.Input[position]) is { } tensor
        && TensorData.Type(tensor) == TensorProto.Types.DataType.Float && TensorData.Count(tensor) > 0
            ? tensor
            : null;

    /// <summary>A constant vector is a matrix of one column on the right, of one row on the left, whose axis goes away again.</summary>
    private static void AsMatrix(NodeProto node, GraphEditor graph, TensorFacts facts)
    {
        var position = Constant(node, 1, graph) is { Dims.Count: 1 } ? 1 : 0;
        if (Constant(node, position, graph) is not { Dims.Count: 1 } vector || facts.Rank(node.Input[1 - position]) is null or 1)
            return;
        long[] dims = position == 1 ? [vector.Dims[0], 1] : [1, vector.Dims[0]];
        node.Input[position] = graph.AddInitializer(TensorData.Make($"{vector.Name}_matrix", dims, TensorData.Floats(vector)));
        var output = node.Output[0];
        GraphEditor.RenameOutput(node, graph.FreshName($"{output}_with_axis"));
        var axes = graph.AddInitializer(TensorData.Make($"{output}_axes", [1], (long[])[-1 - (1 - position)]));
        graph.Graph.Node.Add(new NodeProto { OpType = "Squeeze", Input = { node.Output[0], axes }, Output = { output } });
        graph.Changed();
    }

    /// <summary>W·x is the transpose of xᵀ·Wᵀ.</summary>
    private static void FromLeft(NodeProto node, GraphEditor graph, TensorProto weight, TensorFacts facts)
    {
        if (weight.Dims.Count < 2 || !facts.TryGet(node.Input[1], out var other) || other.Rank is not { } rank)
            return;
        var order = ConstantViews.LastTwo(weight.Dims.Count);
        var transposed = graph.AddInitializer(TensorData.Make(
            $"{weight.Name}_transposed", order.Select(axis => weight.Dims[axis]), ConstantViews.Transposed(weight, order)));
        if (rank == 1)
        {
            (node.Input[0], node.Input[1]) = (node.Input[1], transposed);
            graph.Changed();
            return;
        }

        var bias = Bias(node, graph, axis: -2, weight.Dims[^2]);
        var chain = new NodeChain(graph, bias?.Sum ?? node, isFirst: false);
        var input = chain.Transposed(node.Input[1], ConstantViews.LastTwo(rank));
        var product = chain.Then("MatMul", input, transposed);
        product.Name = node.DisplayName();
        if (bias is var (_, values))
            chain.Then("Add", chain.Tensor, graph.AddInitializer(TensorData.Make($"{weight.Name}_bias", [values.Length], values)));
        chain.Transposed(chain.Tensor, ConstantViews.LastTwo(Math.Max(rank, weight.Dims.Count)));
        chain.End();
        graph.RemoveNodes(bias is null ? [node] : [node, bias.Value.Sum]);
        if (weight.Dims.Count > 2)
            Batched(product, graph, graph.Index.Initializer(transposed)!, [.. ConstantViews.LastTwo(rank).Select(axis => other.Dims[axis])]);
    }

    private static void Batched(NodeProto node, GraphEditor graph, TensorProto weight, IReadOnlyList<long> input)
    {
        // leading axes of length 1 do nothing where the input has as many
        var ones = weight.Dims.SkipLast(2).TakeWhile(dim => dim == 1).Count();
        if (ones > 0 && input.Count >= weight.Dims.Count)
        {
            weight = TensorData.Make($"{weight.Name}_matrix", weight.Dims.Skip(ones), TensorData.Floats(weight));
            node.Input[1] = graph.AddInitializer(weight);
        }

        var batch = weight.Dims.SkipLast(2).ToArray();
        if (batch.Length == 0)
            return;
        var ahead = input.Count - weight.Dims.Count;
        if (ahead is 0 or 1 && batch.SequenceEqual(input.Skip(ahead).SkipLast(2)))
            EachItsOwn(node, graph, weight, batch, ahead);
        else if (input.SkipLast(2).All(dim => dim == 1) && input.Count is var rank and >= 2 && rank <= weight.Dims.Count)
            AllOfOne(node, graph, weight, batch);
    }

    /// <summary>Every matrix has an input of its own: a grouped Conv, whose channels are the columns of all matrices.</summary>
    private static void EachItsOwn(NodeProto node, GraphEditor graph, TensorProto weight, long[] batch, int ahead)
    {
        var (count, inner, columns) = (batch.Aggregate(1L, (product, dim) => product * dim), weight.Dims[^2], weight.Dims[^1]);
        var rank = ahead + weight.Dims.Count;
        var order = ConstantViews.LastTwo(weight.Dims.Count);
        var values = ConstantViews.Transposed(weight, order);
        var kernel = graph.AddInitializer(TensorData.Make($"{weight.Name}_kernel", [count * columns, inner, 1], values));

        long[] lead = ahead == 1 ? [0] : [];
        var chain = new NodeChain(graph, node, isFirst: false);
        var turned = chain.Transposed(node.Input[0], ConstantViews.LastTwo(rank));
        var flat = chain.Reshaped(turned, ahead == 1 ? 0 : 1, count * inner, -1);
        var conv = chain.Then("Conv", flat, kernel);
        conv.Name = node.DisplayName();
        conv.SetInt("group", count);
        conv.SetInts("kernel_shape", [1]);
        var apart = chain.Reshaped(chain.Tensor, [.. lead, .. batch, columns, -1]);
        chain.Transposed(apart, ConstantViews.LastTwo(rank));
        chain.End();
        graph.RemoveNodes([node]);
    }

    /// <summary>One input meets all matrices: a product with all their columns, which are taken apart afterwards.</summary>
    private static void AllOfOne(NodeProto node, GraphEditor graph, TensorProto weight, long[] batch)
    {
        var (inner, columns) = (weight.Dims[^2], weight.Dims[^1]);
        var axes = weight.Dims.Count;
        var values = ConstantViews.Transposed(weight, [axes - 2, .. Enumerable.Range(0, axes - 2), axes - 1]);
        var all = columns * batch.Aggregate(1L, (product, dim) => product * dim);
        var matrix = graph.AddInitializer(TensorData.Make($"{weight.Name}_matrix", [inner, all], values));

        var chain = new NodeChain(graph, node, isFirst: false);
        var product = chain.Then("MatMul", node.Input[0], matrix);
        product.Name = node.DisplayName();
        var apart = chain.Reshaped(chain.Tensor, [-1, .. batch, columns]);
        chain.Transposed(apart, [.. Enumerable.Range(1, batch.Length), 0, batch.Length + 1]);
        chain.End();
        graph.RemoveNodes([node]);
    }

    /// <summary>The Add of one constant for each output channel behind a product, where nothing else reads the product.</summary>
    private static (NodeProto Sum, float[] Values)? Bias(NodeProto node, GraphEditor graph, int axis, long channels)
    {
        var product = node.Output[0];
        if (graph.Index.SoleConsumer(product) is not { } sum || !sum.Is("Add")
            || graph.Index.Initializer(sum.Input[sum.Input[0] == product ? 1 : 0]) is not { } constant
            || TensorData.Type(constant) != TensorProto.Types.DataType.Float
            || constant.Dims.Count < -axis || constant.Dims.Count > 2 || constant.Dims[^-axis] != channels
            || TensorData.Count(constant) != channels)
            return null;
        return (sum, TensorData.Floats(constant));
    }
}
