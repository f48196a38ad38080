using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes an Einsum of two tensors that is a product of matrices as that MatMul, between what moves its axes.</summary>
internal static class EinsumProducts
{
    /// <summary>Rewrites them in place; an Einsum that is something else stays. Tells whether there was one.</summary>
    internal static bool Rewrite(GraphEditor graph, TensorFacts facts)
    {
        var written = false;
        foreach (var node in graph.Graph.Node.Where(node => node.Is("Einsum") && node.Input.Count == 2).ToList())
        {
            if (EinsumLabels.Read(node, facts) is not { } labels)
                continue;
            var (left, right) = (graph.Index.Initializer(node.Input[0]), graph.Index.Initializer(node.Input[1]));
            if (left is not null && right is null)
            {
                (node.Input[0], node.Input[1]) = (node.Input[1], node.Input[0]);
                (labels, right) = (labels.Swapped(), left);
            }
            else if (left is not null)
            {
                continue;
            }

            written |= right is null ? TwoActivations(node, graph, labels) : WithConstant(node, graph, labels, right, facts);
        }

        if (written)
            graph.SortNodes();
        return written;
    }

    private static bool TwoActivations(NodeProto node, GraphEditor graph, EinsumLabels labels)
    {
        if (labels is not { Summed.Length: 1, LeftOnly.Length: 1, RightOnly.Length: 1 })
            return false;
        var chain = new NodeChain(graph, node, isFirst: false);
        var first = chain.Transposed(node.Input[0], Order(labels.Left, labels.Shared + labels.LeftOnly + labels.Summed));
        var second = chain.Transposed(node.Input[1], Order(labels.Right, labels.Shared + labels.Summed + labels.RightOnly));
        chain.Then("MatMul", first, second).Name = node.DisplayName();
        chain.Transposed(chain.Tensor, Order(labels.Shared + labels.LeftOnly + labels.RightOnly, labels.Output));
        chain.End();
        graph.RemoveNodes([node]);
        return true;
    }

    private static bool WithConstant(NodeProto node, GraphEditor graph, EinsumLabels labels, TensorProto weight, TensorFacts facts)
    {
        if (TensorData.Type(weight) != TensorProto.Types.DataType.Float)
            return false;
        long Size(char label) => weight.Dims[labels.Right.IndexOf(label)];
        long Product(string some) => some.Aggregate(1L, (product, label) => product * Size(label));

        // what only the runtime tensor has keeps its size through a Reshape: by position, or because it is known
        var outer = labels.LeftOnly.Select(label => facts.TryGet(node.Input[0], out var fact) ? fact.Dims[labels.Left.IndexOf(label)] : -1).ToList();
        var isBatched = labels.Shared.Length > 0;
        if (isBatched && outer.Count(size => size < 0) > 1)
            return false;

        var order = Order(labels.Right, labels.Shared + labels.Summed + labels.RightOnly);
        long[] dims = [Product(labels.Summed), Product(labels.RightOnly)];
        var matrix = graph.AddInitializer(TensorData.Make(
            $"{weight.Name}_matrix", isBatched ? [Product(labels.Shared), .. dims] : dims, ConstantViews.Transposed(weight, order)));

        var chain = new NodeChain(graph, node, isFirst: false);
        var input = chain.Transposed(node.Input[0], Order(labels.Left, labels.Shared + labels.LeftOnly + labels.Summed));
        if (isBatched)
            input = chain.Reshaped(input, Product(labels.Shared), -1, dims[0]);
        else if (labels.Summed.Length > 1)
            input = chain.Reshaped(input, [.. labels.LeftOnly.Select(_ => 0L), dims[0]]);
        chain.Then("MatMul", input, matrix).Name = node.DisplayName();
        if (isBatched)
            chain.Reshaped(chain.Tensor, [.. labels.Shared.Select(Size), .. outer, .. labels.RightOnly.Select(Size)]);
        else if (labels.RightOnly.Length != 1)
            chain.Reshaped(chain.Tensor, [.. labels.LeftOnly.Select(_ => 0L), .. labels.RightOnly.Select(Size)]);
        chain.Transposed(chain.Tensor, Order(labels.Shared + labels.LeftOnly + labels.RightOnly, labels.Output));
        chain.End();
        graph.RemoveNodes([node]);
        return true;
    }

    private static IReadOnlyList<int> Order(string from, string to) => [.. to.Select(label => from.IndexOf(label))];
}
