using System.IO.Enumeration;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Finds the nodes that a user names, also where folding made one node of several.</summary>
internal static class Exclusions
{
    internal const string Reason = "excluded by the user";

    /// <summary>
    /// The model without calls of its functions, in which every node without a name has that of its first output, so that folding
    /// does not rename it.
    /// </summary>
    internal static OnnxModel Named(OnnxModel model)
    {
        var named = FunctionInlining.Inlined(model).Clone();
        var nodes = GraphWalk.Nodes(named.Graph).ToList();
        var taken = nodes.Select(node => node.Name).ToHashSet();
        foreach (var node in nodes.Where(node => node.Name.Length == 0))
        {
            // ONNX Runtime refuses two nodes of one name, also where one node is called like another's output
            node.Name = node.DisplayName();
            var wished = node.Name;
            for (var n = 2; !taken.Add(node.Name); n++)
                node.Name = FormattableString.Invariant($"{wished}_{n}");
        }

        return named;
    }

    /// <summary>Which nodes the user means, so that preparing makes no part of another operator of them.</summary>
    /// <param name="asked">Names of nodes or of their first outputs, patterns of them, or several with commas between them.</param>
    /// <param name="types">Operators, all nodes of which are meant, or several with commas between them.</param>
    /// <param name="original">The model as it was loaded, with <see cref="Named"/> applied.</param>
    /// <exception cref="QuantException">No node is meant by one of the names.</exception>
    internal static Func<NodeProto, bool> Meant(IEnumerable<string> asked, IEnumerable<string> types, OnnxModel original)
    {
        var operators = types.SelectMany(Parts).ToHashSet();
        var names = asked.SelectMany(name => NodesOf(name, original, "--exclude")).SelectMany(meant => meant.Nodes)
            .Concat(GraphWalk.Nodes(original.Graph).Where(node => operators.Contains(node.OpType)))
            .Select(node => node.Name)
            .ToHashSet();
        return node => names.Contains(node.Name);
    }

    /// <summary>The prepared nodes that the user means, each with the reason.</summary>
    /// <param name="asked">Names of nodes or of their first outputs, patterns of them, or several with commas between them.</param>
    /// <param name="types">Operators, all nodes of which are meant, or several with commas between them.</param>
    /// <param name="original">The model as it was loaded, with <see cref="Named"/> applied.</param>
    /// <param name="prepared">The model after folding.</param>
    /// <param name="option">The option that the names stand in, for messages.</param>
    /// <exception cref="QuantException">No node is meant by one of them, or nothing is left of it.</exception>
    internal static Dictionary<string, string> Resolve(
        IEnumerable<string> asked, IEnumerable<string> types, OnnxModel original, OnnxModel prepared, string option = "--exclude")
    {
        var makers = new GraphIndex(prepared.Graph);
        var kept = new Dictionary<string, string>();
        foreach (var (name, nodes) in asked.SelectMany(names => NodesOf(names, original, option)))
            Keep($"{option} '{name}'", [.. nodes.Select(node => Left(node, prepared.Graph, makers)).OfType<NodeProto>()]);
        foreach (var type in types.SelectMany(Parts))
        {
            // folding makes operators of others, and users read of both
            Keep($"--exclude-type '{type}'",
            [
                .. NodesOfType(type, original, prepared).Select(node => Left(node, prepared.Graph, makers)).OfType<NodeProto>(),
                .. prepared.Graph.Node.Where(node => node.OpType == type),
            ]);
        }

        return kept;

        void Keep(string asked, List<NodeProto> left)
        {
            if (left.Count == 0)
            {
                throw Diagnostics.ExcludedNodeConstant.Fault(
                    $"{original.Path}: {asked}: the node is computed beforehand from constants, "
                    + "so that nothing of it is left to exclude.",
                    file: original.Path);
            }

            foreach (var node in left)
                kept[node.DisplayName()] = Reason;
        }
    }

    /// <summary>The nodes of a text: of the name or pattern that it is, else of each of its parts.</summary>
    private static IEnumerable<(string Name, List<NodeProto> Nodes)> NodesOf(string asked, OnnxModel original, string option)
    {
        var whole = Matching(original, name => name == asked);
        if (whole.Count == 0)
            whole = Matching(original, name => FileSystemName.MatchesSimpleExpression(asked, name, ignoreCase: false));
        if (whole.Count > 0)
            return [(asked, whole)];
        var parts = Parts(asked);
        if (parts.Length > 0 && parts[0] != asked)
            return parts.SelectMany(part => NodesOf(part, original, option));
        var nearest = NearestNames.Of(GraphWalk.Nodes(original.Graph).SelectMany(Names), asked.Trim('*'), 1);
        throw Diagnostics.ExcludedNodeMissing.Fault(
            $"{original.Path}: {option} '{asked}': no node has that name or that first output{Or(nearest)}. "
            + "`quantfn inspect` names the layers.",
            file: original.Path, node: asked);
    }

    private static List<NodeProto> NodesOfType(string type, OnnxModel original, OnnxModel prepared)
    {
        var nodes = GraphWalk.Nodes(original.Graph).Where(node => node.OpType == type).ToList();
        var types = GraphWalk.Nodes(original.Graph).Concat(prepared.Graph.Node).Select(node => node.OpType).ToList();
        return types.Contains(type)
            ? nodes
            : throw Diagnostics.ExcludedTypeMissing.Fault(
                $"{original.Path}: --exclude-type '{type}': no node is of that operator{Or(NearestNames.Of(types, type, 1))}. "
                + "`quantfn inspect` lists the operators.",
                file: original.Path);
    }

    private static List<NodeProto> Matching(OnnxModel model, Func<string, bool> isMeant) =>
        [.. GraphWalk.Nodes(model.Graph).Where(node => Names(node).Any(isMeant))];

    private static IEnumerable<string> Names(NodeProto node) =>
        node.Output.Count > 0 && node.Output[0].Length > 0 ? [node.Name, node.Output[0]] : [node.Name];

    private static string[] Parts(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string Or(IReadOnlyList<string> nearest) => nearest is [var name] ? $"; the nearest is '{name}'" : "";

    private static NodeProto? Left(NodeProto node, GraphProto prepared, GraphIndex makers) =>
        prepared.Node.FirstOrDefault(candidate => candidate.Name == node.Name)
        ?? node.Output.Select(makers.Producer).FirstOrDefault(maker => maker is not null);
}
