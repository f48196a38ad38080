using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Brings models of opset 13 to 20 to opset 21, the first whose DequantizeLinear has blocks and int4.</summary>
internal static class BlocksOpset
{
    private const long Target = 21;
    private const long TargetIr = 10;

    // from here on reductions take their axes as an input, and Split its number of parts as an attribute
    private const long InputsOfReductions = 18;

    private static readonly HashSet<string> Reductions =
    [
        "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
        "ReduceSumSquare",
    ];

    /// <summary>Operators that are not in <see cref="OpsetRaising"/>'s list and have meant the same since opset 13.</summary>
    private static readonly HashSet<string> Unchanged =
    [
        "BatchNormalization", "Bernoulli", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "BlackmanWindow",
        "CastLike", "CenterCropPad", "Clip", "Col2Im", "DeformConv", "Dropout", "Gelu", "HammingWindow", "HannWindow",
        "HardSwish", "Hardmax", "If", "LogSoftmax", "Loop", "Mish", "Pad", "ReduceSum", "Resize",
        "ScatterElements", "Slice", "Softmax", "Squeeze", "TopK", "Trilu", "Unsqueeze",
    ];

    /// <summary>Raises a model of opset 13 or later in place; one of opset 21 or later stays as it is.</summary>
    /// <exception cref="QuantException">An operator has changed in a way that is not known here.</exception>
    internal static void Raise(OnnxModel model)
    {
        model.Proto.IrVersion = Math.Max(model.Proto.IrVersion, TargetIr);
        var from = model.Opset;
        if (from >= Target)
            return;
        var graph = new GraphEditor(model);
        foreach (var node in graph.Graph.Node.ToList())
        {
            foreach (var inner in GraphWalk.Bodies(node).SelectMany(GraphWalk.Nodes))
            {
                if (!Means(inner, from, nested: true))
                    throw Refusal(model, inner);
            }

            if (!Means(node, from, nested: false))
                throw Refusal(model, node);
            Rewrite(graph, node, from);
        }

        foreach (var import in model.Proto.OpsetImport.Where(o => NodeAttributes.IsDefaultDomain(o.Domain)))
            import.Version = Target;
    }

    /// <summary>Whether a node means the same in opset 21, once it is rewritten; nodes of nested graphs are not.</summary>
    private static bool Means(NodeProto node, long from, bool nested)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain))
            return true;
        if (Reductions.Contains(node.OpType) || node.OpType == "Split")
            return !nested || from >= InputsOfReductions;
        return Unchanged.Contains(node.OpType) || OpsetRaising.IsUnchanged(node.OpType) || OpsetRaising.IsOfOnnxRuntime(node.OpType);
    }

    private static void Rewrite(GraphEditor graph, NodeProto node, long from)
    {
        if (from >= InputsOfReductions || !NodeAttributes.IsDefaultDomain(node.Domain))
            return;
        if (node.OpType == "Split" && node.InputOrEmpty(1).Length == 0)
            node.SetInt("num_outputs", node.Output.Count);
        if (!Reductions.Contains(node.OpType) || node.GetInts("axes") is not { } axes)
            return;
        node.Input.Add(graph.AddInitializer(
            TensorData.Make($"{node.Output[0]}_axes", [axes.Count], axes.ToArray().AsSpan())));
        node.Remove("axes");
    }

    private static QuantException Refusal(OnnxModel model, NodeProto node) => Diagnostics.OpsetNotRaised.Fault(
        $"{model.Path}: cannot be raised from opset {model.Opset} to 21, which weights in blocks need, because node "
        + $"'{node.DisplayName()}' ({node.OpType}) may mean something else there; export the model again with opset 21.",
        file: model.Path, node: node.DisplayName());
}
