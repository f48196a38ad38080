using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Finds the layers inside a node: in the branches of an If, in the body of a Loop, in a model-local function.</summary>
internal sealed class InnerLayers(ModelProto model)
{
    private static readonly string[] Layers = ["Conv", "ConvTranspose", "Gemm", "MatMul"];

    /// <summary>Why a node that holds layers stays in float, as "2 Conv and 1 Gemm inside it are …"; null where it holds none.</summary>
    internal string? Of(NodeProto node)
    {
        var counts = Inside(node, []).GroupBy(inner => inner.OpType)
            .OrderBy(layers => layers.Key, StringComparer.Ordinal)
            .Select(layers => FormattableString.Invariant($"{layers.Count()} {layers.Key}"))
            .ToList();
        if (counts.Count == 0)
            return null;
        var where = FunctionOf(node) is null ? "inside it" : $"inside the model's function {node.OpType}";
        return $"{string.Join(" and ", counts)} {where} {(counts is [['1', ' ', ..]] ? "stays" : "stay")} in float: {Why(node)}";
    }

    private static string Why(NodeProto node)
    {
        if (node.Is("If"))
            return "its branches do not declare the types of their outputs; export the model again with types";
        return GraphWalk.Bodies(node).Any()
            ? "layers are quantized in the main graph and in the branches of an If, not in the body of a loop; export the model with the loop unrolled"
            : "the function is of other operator sets than the model; export the model again with one of each";
    }

    private IEnumerable<NodeProto> Inside(NodeProto node, HashSet<FunctionProto> above)
    {
        IEnumerable<NodeProto> inner = GraphWalk.Bodies(node).SelectMany(body => body.Node);
        if (FunctionOf(node) is { } function && above.Add(function))
            inner = inner.Concat(function.Node);
        return inner.SelectMany(one => Inside(one, [.. above]).Concat(Layers.Any(one.Is) ? [one] : []));
    }

    private FunctionProto? FunctionOf(NodeProto node) =>
        model.Functions.FirstOrDefault(function => function.Name == node.OpType && function.Domain == node.Domain);
}
