using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Finds the nodes that a user names, also where folding made one node of several.</summary>
internal static class Exclusions
{
    internal const string Reason = "excluded by the user";

    /// <summary>Gives every node without a name that of its first output, so that folding does not rename it.</summary>
    internal static OnnxModel Named(OnnxModel model)
    {
        var named = model.Clone();
        var taken = named.Graph.Node.Select(node => node.Name).ToHashSet();
        foreach (var node in named.Graph.Node.Where(node => node.Name.Length == 0))
        {
            // ONNX Runtime refuses two nodes of one name, also where one node is called like another's output
            node.Name = node.DisplayName();
            var wished = node.Name;
            for (var n = 2; !taken.Add(node.Name); n++)
                node.Name = FormattableString.Invariant($"{wished}_{n}");
        }

        return named;
    }

    /// <summary>The prepared nodes that the user's names mean, each with the reason.</summary>
    /// <param name="asked">Names of nodes, or of their first outputs.</param>
    /// <param name="original">The model as it was loaded, with <see cref="Named"/> applied.</param>
    /// <param name="prepared">The model after folding.</param>
    /// <exception cref="QuantException">No node has that name, or nothing is left of it.</exception>
    internal static Dictionary<string, string> Resolve(
        IEnumerable<string> asked, OnnxModel original, OnnxModel prepared)
    {
        var makers = new GraphIndex(prepared.Graph);
        var kept = new Dictionary<string, string>();
        foreach (var name in asked)
        {
            var nodes = original.Graph.Node
                .Where(node => node.Name == name || node.Output.FirstOrDefault() == name)
                .ToList();
            if (nodes.Count == 0)
            {
                throw QuantException.BadInput(
                    $"{original.Path}: --exclude '{name}': no node has that name or that first output. "
                    + "`quantfn inspect` names the layers.");
            }

            var left = nodes.Select(node => Left(node, prepared.Graph, makers)).OfType<NodeProto>().ToList();
            if (left.Count == 0)
            {
                throw QuantException.BadInput(
                    $"{original.Path}: --exclude '{name}': the node is computed beforehand from constants, "
                    + "so that nothing of it is left to exclude.");
            }

            foreach (var node in left)
                kept[node.DisplayName()] = Reason;
        }

        return kept;
    }

    private static NodeProto? Left(NodeProto node, GraphProto prepared, GraphIndex makers) =>
        prepared.Node.FirstOrDefault(candidate => candidate.Name == node.Name)
        ?? node.Output.Select(makers.Producer).FirstOrDefault(maker => maker is not null);
}
