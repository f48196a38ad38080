using Google.Protobuf.Collections;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Drops what no graph output depends on. Graph inputs stay, also those that nothing reads.</summary>
internal static class DeadCode
{
    internal static void Remove(GraphEditor graph)
    {
        var used = graph.Graph.Output.Select(o => o.Name).ToHashSet();
        var dead = new List<NodeProto>();
        foreach (var node in graph.Index.TopologicalOrder.Reverse())
        {
            if (node.Output.Any(used.Contains))
                used.UnionWith(GraphWalk.Reads(node));
            else
                dead.Add(node);
        }

        graph.RemoveNodes(dead);
        Keep(graph.Graph.Initializer, tensor => used.Contains(tensor.Name));
        var made = graph.Graph.Node.SelectMany(n => n.Output).ToHashSet();
        Keep(graph.Graph.ValueInfo, value => made.Contains(value.Name));
        graph.Changed();
    }

    private static void Keep<T>(RepeatedField<T> list, Func<T, bool> wanted)
    {
        var kept = list.Where(wanted).ToList();
        list.Clear();
        list.AddRange(kept);
    }
}
