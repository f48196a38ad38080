using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>
/// A model whose branches lie open in its main graph, so that they are prepared, judged, planned and written like the rest of
/// it. What was an If is a choice there: a node that reads the condition and the outputs of both branches.
/// <see cref="NestedGraph"/> makes Ifs of them again; only such a model runs.
/// </summary>
internal static class FlatGraph
{
    private const string Domain = "quantfunctional";
    private const string Types = "types";

    /// <summary>Whether a node stands for an If.</summary>
    internal static bool IsChoice(NodeProto node) => node.Domain == Domain && node.OpType == "If";

    /// <summary>The types of a choice's outputs.</summary>
    internal static IReadOnlyList<long> TypesOf(NodeProto choice) => choice.GetInts(Types)!;

    /// <summary>The outputs of one branch of a choice.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="isThen">The branch of true.</param>
    internal static IEnumerable<string> Outputs(NodeProto choice, bool isThen) =>
        choice.Input.Skip(1 + (isThen ? 0 : choice.Output.Count)).Take(choice.Output.Count);

    /// <summary>
    /// The model with the branches opened that hold such a node somewhere, or the model itself where none does. A branch that does
    /// not declare the types of its outputs stays closed. Names that both branches use are told apart.
    /// </summary>
    internal static OnnxModel Of(OnnxModel model, Func<NodeProto, bool> isWanted)
    {
        if (!model.Graph.Node.Any(node => IsWorth(node, isWanted)))
            return model;
        var flat = model.Clone();
        var graph = flat.Graph;
        var closed = graph.Node.Where(node => !IsWorth(node, isWanted)).SelectMany(GraphWalk.Bodies).SelectMany(GraphWalk.Names);
        var tensors = new FreshNames(closed
            .Concat(graph.Input.Select(input => input.Name))
            .Concat(graph.Initializer.Select(constant => constant.Name))
            .Concat(graph.Node.SelectMany(node => node.Input.Concat(node.Output))));
        var nodes = new FreshNames(graph.Node.Select(node => node.Name));
        var opened = new List<NodeProto>();
        foreach (var node in graph.Node)
            Open(node, name => name);
        graph.Node.Clear();
        graph.Node.AddRange(opened);
        return flat;

        void Open(NodeProto node, Func<string, string> rename)
        {
            if (!IsWorth(node, isWanted))
            {
                GraphWalk.RenameReadsInBodies(node, rename);
                opened.Add(node);
                return;
            }

            var (then, other) = Branches(node)!.Value;
            var choice = new NodeProto { OpType = "If", Domain = Domain, Name = node.Name, Input = { node.Input[0] }, Output = { node.Output } };
            choice.SetInts(Types, then.Output.Select(output => (long)output.Type.TensorType.ElemType));
            choice.Input.Add(OpenBranch(then, rename));
            choice.Input.Add(OpenBranch(other, rename));
            opened.Add(choice);
        }

        List<string> OpenBranch(GraphProto branch, Func<string, string> rename)
        {
            var own = branch.Initializer.Select(constant => constant.Name).Concat(branch.Node.SelectMany(node => node.Output))
                .Where(name => name.Length > 0).Distinct().ToDictionary(name => name, tensors.Fresh);
            string New(string name) => own.TryGetValue(name, out var fresh) ? fresh : rename(name);
            foreach (var constant in branch.Initializer)
            {
                constant.Name = New(constant.Name);
                graph.Initializer.Add(constant);
            }

            foreach (var node in branch.Node)
            {
                node.Name = node.Name.Length > 0 ? nodes.Fresh(node.Name) : "";
                for (var i = 0; i < node.Input.Count; i++)
                    node.Input[i] = New(node.Input[i]);
                for (var i = 0; i < node.Output.Count; i++)
                    node.Output[i] = New(node.Output[i]);
                Open(node, New);
            }

            return [.. branch.Output.Select(output => New(output.Name))];
        }
    }

    /// <summary>Gives the graph an input in the place of each output of a choice, so that ONNX Runtime can infer types from it.</summary>
    internal static void CutAtChoices(GraphProto graph)
    {
        foreach (var choice in graph.Node.Where(IsChoice).ToList())
        {
            graph.Node.Remove(choice);
            foreach (var (output, type) in choice.Output.Zip(TypesOf(choice)).Where(pair => pair.First.Length > 0))
                graph.Input.Add(Value(output, (int)type));
        }
    }

    /// <summary>A tensor of unknown shape.</summary>
    internal static ValueInfoProto Value(string name, int type) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type } },
    };

    private static bool IsWorth(NodeProto node, Func<NodeProto, bool> isWanted) =>
        Branches(node) is var (then, other)
        && then.Node.Concat(other.Node).Any(inner => isWanted(inner) || GraphWalk.Bodies(inner).SelectMany(GraphWalk.Nodes).Any(isWanted));

    private static (GraphProto Then, GraphProto Else)? Branches(NodeProto node)
    {
        if (!node.Is("If") || node.Find("then_branch")?.G is not { } then || node.Find("else_branch")?.G is not { } other)
            return null;
        var outputs = then.Output.Concat(other.Output).ToList();
        return then.Output.Count == node.Output.Count && other.Output.Count == node.Output.Count
            && outputs.All(output => output.Type?.TensorType is { ElemType: > 0 })
            ? (then, other)
            : null;
    }
}
