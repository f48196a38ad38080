using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Replaces what does not depend on the graph's inputs by its value, as ONNX Runtime computes it.</summary>
internal static class ConstantFolding
{
    /// <summary>Results up to this size are always stored.</summary>
    private const long SmallBytes = 1 << 20;

    /// <summary>Results beyond this size are stored only where they do not take more room than their inputs.</summary>
    private const long LargeBytes = 64 << 20;

    private static readonly HashSet<string> Random =
    [
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout",
    ];

    /// <summary>Operators whose result has an unknown shape, but never many more elements than their input.</summary>
    private static readonly HashSet<string> Selecting = ["NonZero", "Compress", "Unique"];

    /// <summary>Folds until nothing is left to fold.</summary>
    /// <returns>The types and shapes of the folded graph's tensors.</returns>
    /// <exception cref="QuantException">ONNX Runtime refuses the model, or cannot compute a constant.</exception>
    internal static TensorFacts Fold(GraphEditor graph)
    {
        TransposedInFile.Fold(graph);
        while (true)
        {
            var facts = TensorFacts.Infer(graph.Model);
            var changed = ShapeFolding.Fold(graph, facts);
            var constant = ConstantNodes(graph, facts);
            if (constant.Count > 0)
                Replace(graph, constant);
            if (!changed && constant.Count == 0)
                return facts;
        }
    }

    private static List<NodeProto> ConstantNodes(GraphEditor graph, TensorFacts facts)
    {
        var index = graph.Index;
        var constant = new HashSet<string>(graph.Graph.Initializer.Select(t => t.Name)) { "" };
        var nodes = new List<NodeProto>();
        foreach (var node in index.TopologicalOrder)
        {
            if (node.Input.All(constant.Contains) && IsFoldable(node, index, facts))
            {
                nodes.Add(node);
                constant.UnionWith(node.Output);
            }
        }

        return nodes;
    }

    private static bool IsFoldable(NodeProto node, GraphIndex index, TensorFacts facts)
    {
        var isPlain = NodeAttributes.IsDefaultDomain(node.Domain) && !GraphWalk.Bodies(node).Any();
        if (!isPlain || Random.Contains(node.OpType) || node.OpType is "QuantizeLinear" or "DequantizeLinear")
            return false;
        // This is how a constant graph output is written.
        if (node.Is("Identity") && index.Initializer(node.Input[0]) is not null && index.IsGraphOutput(node.Output[0]))
            return false;
        if (Selecting.Contains(node.OpType))
            return true;
        var inputs = node.Input.Sum(input => Bytes(facts, input) ?? 0);
        var allowed = Math.Max(SmallBytes, Math.Min(4 * inputs, Math.Max(inputs, LargeBytes)));
        return node.Output.Where(o => o.Length > 0).All(o => Bytes(facts, o) <= allowed);
    }

    // Null for what is not a tensor of numbers that a session hands over, and for unknown shapes, which may turn out to be of any size. A shape
    // without dimensions is a scalar here: with constant inputs ONNX Runtime knows the rank of nearly all results.
    private static long? Bytes(TensorFacts facts, string tensor)
    {
        if (tensor.Length == 0)
            return 0;
        if (!facts.TryGet(tensor, out var fact) || fact.Type == TensorProto.Types.DataType.String || NarrowTypes.Stay(fact.Type))
            return null;
        return fact.Dims.Any(d => d < 0) ? null : (long)fact.Dims.Aggregate(8.0, (bytes, dim) => bytes * dim);
    }

    private static void Replace(GraphEditor graph, List<NodeProto> nodes)
    {
        var inside = nodes.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var index = graph.Index;
        var wanted = nodes
            .SelectMany(n => n.Output)
            .Where(o => o.Length > 0)
            .Where(o => index.IsGraphOutput(o) || index.Consumers(o).Any(reader => !inside.Contains(reader)))
            .ToList();
        var values = ConstantSubgraph.Evaluate(graph.Model, nodes, wanted);
        graph.RemoveNodes(nodes);
        foreach (var (tensor, value) in wanted.Zip(values))
            graph.SetConstant(tensor, value);
    }
}
