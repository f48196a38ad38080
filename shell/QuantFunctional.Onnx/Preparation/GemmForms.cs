using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Brings a Gemm into the form that a layer has: its first factor as it stands, its second a constant, its bias one constant
/// for each column. What does not fit is done by a Transpose before or an Add behind it; a Gemm without constant factor becomes
/// a MatMul of two activations.
/// </summary>
internal static class GemmForms
{
    /// <summary>Rewrites them in place.</summary>
    internal static void Rewrite(GraphEditor graph)
    {
        foreach (var node in graph.Graph.Node.Where(node => node.Is("Gemm")).ToList())
        {
            var (first, second) = (graph.Index.Initializer(node.Input[0]), graph.Index.Initializer(node.Input[1]));
            if (first is null && second is null)
                AsMatMul(node, graph);
            else if (second is not null && first is null)
                AsLayer(node, graph, second);
        }

        graph.SortNodes();
    }

    private static void AsLayer(NodeProto node, GraphEditor graph, TensorProto weight)
    {
        if (node.GetInt("transA", 0) != 0)
        {
            var transposed = graph.FreshName($"{node.Input[0]}_transposed");
            var transpose = new NodeProto { Name = transposed, OpType = "Transpose", Input = { node.Input[0] }, Output = { transposed } };
            transpose.SetInts("perm", [1, 0]);
            graph.Graph.Node.Add(transpose);
            node.Input[0] = transposed;
            node.Remove("transA");
        }

        var columns = weight.Dims[node.GetInt("transB", 0) == 0 ? 1 : 0];
        if (node.InputOrEmpty(2) is { Length: > 0 } added && !IsBias(graph.Index.Initializer(added), columns))
            AddBehind(node, graph);
    }

    private static void AsMatMul(NodeProto node, GraphEditor graph)
    {
        var alpha = node.GetFloat("alpha", 1);
        if (node.InputOrEmpty(2).Length > 0)
            AddBehind(node, graph);
        var chain = new NodeChain(graph, node, isFirst: false);
        var factors = node.Input.Take(2)
            .Select((tensor, at) => node.GetInt(at == 0 ? "transA" : "transB", 0) == 0 ? tensor : chain.Transposed(tensor, [1, 0]))
            .ToList();
        node.OpType = "MatMul";
        node.Attribute.Clear();
        node.Input.Clear();
        node.Input.Add(factors);
        if (alpha == 1)
            return;
        var scaled = new NodeChain(graph, node, isFirst: true);
        scaled.Then("Mul", scaled.Tensor, graph.AddInitializer(TensorData.Make($"{node.Name}_alpha", [], [alpha])));
        scaled.End();
    }

    private static void AddBehind(NodeProto node, GraphEditor graph)
    {
        var (added, beta) = (node.Input[2], node.GetFloat("beta", 1));
        node.Input.RemoveAt(2);
        node.Remove("beta");
        var chain = new NodeChain(graph, node, isFirst: true);
        var product = chain.Tensor;
        if (beta != 1)
            added = chain.Then("Mul", added, graph.AddInitializer(TensorData.Make($"{node.Name}_beta", [], [beta]))).Output[0];
        chain.Then("Add", product, added);
        chain.End();
    }

    private static bool IsBias(TensorProto? tensor, long columns) =>
        tensor is not null
        && tensor.Dims.Take(Math.Max(0, tensor.Dims.Count - 1)).All(dim => dim == 1)
        && (tensor.Dims.Count == 0 || tensor.Dims[^1] == 1 || tensor.Dims[^1] == columns);
}
