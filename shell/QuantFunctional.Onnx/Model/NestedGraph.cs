using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Makes Ifs of the choices of a <see cref="FlatGraph"/>, so that the model runs.</summary>
/// <remarks>
/// What only one branch of a choice needs is computed in that branch, also where it stood before the If: it has no other effect.
/// </remarks>
internal static class NestedGraph
{
    /// <summary>Nests a model in place; nothing happens where it has no choice.</summary>
    /// <param name="model">The model.</param>
    /// <param name="outputs">
    /// The outputs that it has as a model. What else it lists is observed only: it comes out of the branch that makes it, empty where
    /// the other branch runs.
    /// </param>
    internal static void Nest(OnnxModel model, IEnumerable<string> outputs)
    {
        var own = outputs.ToHashSet();
        var graph = model.Graph;
        if (!graph.Node.Any(FlatGraph.IsChoice))
            return;
        var names = new FreshNames(GraphWalk.Names(graph));
        while (new GraphIndex(graph) is var index && index.TopologicalOrder.FirstOrDefault(FlatGraph.IsChoice) is { } choice)
        {
            var live = Live(index, own);
            var then = Inside(choice, isThen: true, index, live, own);
            var other = Inside(choice, isThen: false, index, live, own);
            var result = new NodeProto { OpType = "If", Name = choice.Name, Input = { choice.Input[0] }, Output = { choice.Output } };
            var (observedThen, observedElse) = (Observed(graph, then, own), Observed(graph, other, own));
            result.Output.Add(observedThen.Concat(observedElse));
            var writer = new BranchWriter(graph, index, names, choice);
            result.SetGraph("then_branch", writer.Write(then, isThen: true, observedThen, before: 0, behind: observedElse.Count));
            result.SetGraph("else_branch", writer.Write(other, isThen: false, observedElse, before: observedThen.Count, behind: 0));
            var gone = then.Concat(other).ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
            var nodes = index.TopologicalOrder.Where(node => !gone.Contains(node)).Select(node => node == choice ? result : node).ToList();
            graph.Node.Clear();
            graph.Node.AddRange(nodes);
        }

        var order = new GraphIndex(graph).TopologicalOrder.ToList();
        graph.Node.Clear();
        graph.Node.AddRange(order);
    }

    private static HashSet<NodeProto> Live(GraphIndex index, HashSet<string> own)
    {
        var live = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var used = own.ToHashSet();
        foreach (var node in index.TopologicalOrder.Reverse().Where(node => node.Output.Any(used.Contains)))
        {
            live.Add(node);
            used.UnionWith(GraphWalk.Reads(node));
        }

        return live;
    }

    /// <summary>The nodes of a branch in their order: what only it reads, and what only observes that.</summary>
    private static List<NodeProto> Inside(
        NodeProto choice, bool isThen, GraphIndex index, HashSet<NodeProto> live, HashSet<string> own)
    {
        var (outputs, others) = (FlatGraph.Outputs(choice, isThen).ToHashSet(), FlatGraph.Outputs(choice, !isThen).ToHashSet());
        var inside = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in index.TopologicalOrder.Reverse().Where(live.Contains))
        {
            if (node == choice || node.Output.Any(own.Contains))
                continue;
            var readers = node.Output.SelectMany(output => index.Consumers(output).Where(live.Contains).Select(reader => (output, reader))).ToList();
            if (readers.Count > 0 && readers.All(read => read.reader == choice
                ? outputs.Contains(read.output) && !others.Contains(read.output) && read.output != choice.Input[0]
                : inside.Contains(read.reader)))
                inside.Add(node);
        }

        foreach (var node in index.TopologicalOrder.Where(node => !live.Contains(node)))
        {
            if (GraphWalk.Reads(node).Any(read => index.Producer(read) is { } maker && inside.Contains(maker)))
                inside.Add(node);
        }

        return [.. index.TopologicalOrder.Where(inside.Contains)];
    }

    private static List<string> Observed(GraphProto graph, List<NodeProto> inside, HashSet<string> own)
    {
        var made = inside.SelectMany(node => node.Output).ToHashSet();
        return [.. graph.Output.Select(output => output.Name).Where(name => made.Contains(name) && !own.Contains(name))];
    }
}
