using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Writes Swish (opset 24) as the Sigmoid and Mul that it is, for which there are integer kernels and, in every release, float ones.</summary>
internal static class Swishes
{
    /// <summary>Rewrites every one in place.</summary>
    internal static void Rewrite(GraphEditor graph)
    {
        foreach (var node in graph.Graph.Node.Where(node => node.Is("Swish")).ToList())
        {
            var (input, alpha) = (node.Input[0], node.GetFloat("alpha", 1));
            var chain = new NodeChain(graph, node, isFirst: false);
            var scaled = alpha == 1
                ? input
                : chain.Then("Mul", input, graph.AddInitializer(TensorData.Make($"{node.Name}_alpha", [], [alpha]))).Output[0];
            var gate = chain.Then("Sigmoid", scaled).Output[0];
            chain.Then("Mul", input, gate);
            chain.End();
            graph.RemoveNodes([node]);
        }

        graph.SortNodes();
    }
}
