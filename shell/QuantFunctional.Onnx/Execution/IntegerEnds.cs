using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Execution;

/// <summary>Where on the way to a model's outputs its integers end, because an operator computes on real numbers.</summary>
internal static class IntegerEnds
{
    /// <summary>What only moves, chooses or compares gives the same on every processor, on real numbers too.</summary>
    private static readonly HashSet<string> Exact =
    [
        "Abs", "And", "ArgMax", "ArgMin", "Cast", "Clip", "Concat", "DepthToSpace", "Equal", "Expand", "Flatten", "Gather",
        "GatherElements", "GatherND", "GlobalMaxPool", "Greater", "GreaterOrEqual", "Identity", "Less", "LessOrEqual",
        "Max", "MaxPool", "Min", "Neg", "Not", "Or", "Pad", "ReduceMax", "ReduceMin", "Relu", "Reshape", "Shape", "Size",
        "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "TopK", "Transpose", "Unsqueeze", "Where",
    ];

    /// <summary>Each output that real numbers were computed for, with the first operator that computes them.</summary>
    internal static IReadOnlyList<(string Output, FloatNode Node)> Of(IntegerModel model)
    {
        var graph = model.Graph;
        var open = model.Outputs.Where(output => !graph.Gives(output) && !graph.Made.Contains(output)).ToList();
        if (open.Count == 0)
            return [];
        var (index, facts) = (new GraphIndex(graph.Model.Graph), TensorFacts.Infer(graph.Model));
        var floats = graph.Floats.ToLookup(node => node.Name);
        var ends = new List<(string Output, FloatNode Node)>();
        foreach (var output in open)
        {
            var before = Before(output, index);
            var first = index.TopologicalOrder.FirstOrDefault(
                node => before.Contains(node) && floats.Contains(node.DisplayName()) && Computes(node, facts));
            if (first is not null)
                ends.Add((output, floats[first.DisplayName()].First()));
        }

        return ends;
    }

    private static HashSet<NodeProto> Before(string output, GraphIndex index)
    {
        var before = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<string>([output]);
        while (open.TryPop(out var tensor))
        {
            if (index.Producer(tensor) is not { } node || !before.Add(node))
                continue;
            foreach (var read in GraphWalk.Reads(node))
                open.Push(read);
        }

        return before;
    }

    private static bool Computes(NodeProto node, TensorFacts facts) =>
        !Exact.Contains(node.OpType)
        && node.Input.Concat(node.Output).Any(tensor => facts.TryGet(tensor, out var fact)
            && fact.Type is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16);
}
