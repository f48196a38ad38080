using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Takes apart what ONNX Runtime's own optimizer made of layers in a float file that was saved after it: FusedConv, FusedGemm
/// and FusedMatMul.
/// </summary>
internal static class ContribFusions
{
    // activations, with the attributes that the fused operator holds as a list
    private static readonly Dictionary<string, string[]> Activations = new()
    {
        ["Relu"] = [],
        ["Sigmoid"] = [],
        ["Tanh"] = [],
        ["LeakyRelu"] = ["alpha"],
        ["HardSigmoid"] = ["alpha", "beta"],
        ["Clip"] = ["min", "max"],
    };

    /// <summary>Rewrites them in place; one with an activation that is not known here stays.</summary>
    internal static void Rewrite(GraphEditor graph)
    {
        foreach (var node in graph.Graph.Node.Where(node => node.Domain == "com.microsoft").ToList())
        {
            if (node.OpType is "FusedConv" or "FusedGemm" && Activations.ContainsKey(node.GetString("activation", "")))
                Unfuse(node, graph);
            else if (node.OpType == "FusedMatMul" && !TransposedBy.Any(name => node.GetInt(name, 0) != 0))
                AsMatMul(node, graph);
        }

        graph.SortNodes();
    }

    private static readonly string[] TransposedBy = ["transA", "transB", "transBatchA", "transBatchB"];

    private static void Unfuse(NodeProto node, GraphEditor graph)
    {
        var activation = node.GetString("activation", "");
        var values = node.GetFloats("activation_params")
            ?? [.. new[] { "activation_alpha", "activation_beta" }.Where(node.Has).Select(name => node.GetFloat(name, 0))];
        foreach (var attribute in node.Attribute.Where(one => one.Name.StartsWith("activation", StringComparison.Ordinal)).ToList())
            node.Attribute.Remove(attribute);
        node.OpType = node.OpType["Fused".Length..];
        node.Domain = "";
        var added = node.Is("Conv") ? node.InputOrEmpty(3) : "";
        while (node.Is("Conv") && node.Input.Count > 3)
            node.Input.RemoveAt(3);

        var chain = new NodeChain(graph, node, isFirst: true);
        if (added.Length > 0)
            chain.Then("Add", chain.Tensor, added);
        var last = chain.Then(activation);
        foreach (var (name, value) in Activations[activation].Zip(values))
        {
            if (activation == "Clip")
                last.Input.Add(graph.AddInitializer(TensorData.Make($"{node.Name}_{name}", [], [value])));
            else
                last.SetFloat(name, value);
        }

        chain.End();
    }

    private static void AsMatMul(NodeProto node, GraphEditor graph)
    {
        var alpha = node.GetFloat("alpha", 1);
        node.OpType = "MatMul";
        node.Domain = "";
        node.Attribute.Clear();
        if (alpha == 1)
            return;
        var chain = new NodeChain(graph, node, isFirst: true);
        chain.Then("Mul", chain.Tensor, graph.AddInitializer(TensorData.Make($"{node.Name}_alpha", [], [alpha])));
        chain.End();
    }
}
