using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Walks over a graph and the graphs nested in its nodes (bodies of If, Loop and Scan).</summary>
internal static class GraphWalk
{
    /// <summary>The graphs held directly by a node.</summary>
    internal static IEnumerable<GraphProto> Bodies(NodeProto node)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.G is not null)
                yield return attribute.G;
            foreach (var graph in attribute.Graphs)
                yield return graph;
        }
    }

    /// <summary>Every node, those of nested graphs included, each after the node that holds it.</summary>
    internal static IEnumerable<NodeProto> Nodes(GraphProto graph)
    {
        foreach (var node in graph.Node)
        {
            yield return node;
            foreach (var inner in Bodies(node).SelectMany(Nodes))
                yield return inner;
        }
    }

    /// <summary>Every tensor that holds data: initializers and attributes, those of nested graphs included.</summary>
    internal static IEnumerable<TensorProto> Tensors(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
            yield return tensor;
        foreach (var node in graph.Node)
        {
            foreach (var attribute in node.Attribute)
            {
                if (attribute.T is not null)
                    yield return attribute.T;
                foreach (var tensor in attribute.Tensors)
                    yield return tensor;
            }

            foreach (var inner in Bodies(node).SelectMany(Tensors))
                yield return inner;
        }
    }

    /// <summary>Every name of a tensor, those of nested graphs included; names may come twice.</summary>
    internal static IEnumerable<string> Names(GraphProto graph)
    {
        var own = graph.Input.Concat(graph.Output).Select(v => v.Name).Concat(graph.Initializer.Select(t => t.Name));
        return own.Concat(graph.Node.SelectMany(n => n.Input.Concat(n.Output).Concat(Bodies(n).SelectMany(Names))));
    }

    /// <summary>The tensors that a node reads, each once: its inputs and what its bodies take from outside.</summary>
    internal static IEnumerable<string> Reads(NodeProto node) =>
        node.Input.Concat(ReadInBodies(node)).Where(name => name.Length > 0).Distinct();

    /// <summary>The tensors that the nested graphs of a node take from outside; names may come twice.</summary>
    internal static IEnumerable<string> ReadInBodies(NodeProto node) => Bodies(node).SelectMany(TakenFromOutside);

    /// <summary>Lets the nested graphs of a node read other tensors from outside. Inputs of the node itself stay.</summary>
    internal static void RenameReadsInBodies(NodeProto node, Func<string, string> rename)
    {
        foreach (var body in Bodies(node))
        {
            var own = Own(body);
            string RenameOuter(string name) => own.Contains(name) ? name : rename(name);
            foreach (var inner in body.Node)
            {
                for (var i = 0; i < inner.Input.Count; i++)
                    inner.Input[i] = RenameOuter(inner.Input[i]);
                RenameReadsInBodies(inner, RenameOuter);
            }
        }
    }

    private static HashSet<string> Own(GraphProto body) =>
    [
        .. body.Input.Select(i => i.Name),
        .. body.Initializer.Select(t => t.Name),
        .. body.Node.SelectMany(n => n.Output),
    ];

    private static IEnumerable<string> TakenFromOutside(GraphProto body)
    {
        var own = Own(body);
        return body.Node.SelectMany(Reads)
            .Concat(body.Output.Select(o => o.Name))
            .Where(name => !own.Contains(name));
    }
}
