using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>
/// Writes HardSwish and HardSigmoid that a file holds in pieces (x + 3, cut to 0 and 6, times x, over 6, in any order) as the operators
/// that they are. Before opset 14, which HardSwish came with, it is a HardSigmoid times x, as which ONNX Runtime runs it anyway.
/// </summary>
internal static class HardSwishes
{
    private const long FirstOpsetOfHardSwish = 14;

    /// <summary>Rewrites them in place.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="facts">How many axes tensors have.</param>
    /// <param name="staysApart">Which operators are to stay.</param>
    internal static void Rewrite(GraphEditor graph, TensorFacts facts, Func<NodeProto, bool> staysApart)
    {
        var hasHardSwish = graph.Model.Opset >= FirstOpsetOfHardSwish;
        var gone = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var index = graph.Index;
        // from the end, so that a HardSigmoid is not taken out of a HardSwish
        foreach (var last in index.TopologicalOrder.Reverse().Where(node => !gone.Contains(node)))
        {
            var pieces = RampPieces.EndingIn(last, index, facts)
                .FirstOrDefault(found => IsShorter(found, index, hasHardSwish) && !found.Nodes.Any(staysApart));
            if (pieces is null)
                continue;
            Write(last, pieces, graph, hasHardSwish);
            gone.UnionWith(pieces.Nodes.Where(node => node != last));
        }

        graph.RemoveNodes(gone);
        graph.SortNodes();
    }

    private static bool IsShorter(RampPieces pieces, GraphIndex index, bool hasHardSwish)
    {
        if (pieces.Ramp.IsHardSwish)
            return pieces.Nodes.Count > (hasHardSwish ? 1 : 2);
        // a rectifier at the beginning is done by the saturation of what stands before it
        return pieces.Ramp.IsHardSigmoid && pieces.Nodes.Count > 1
            && index.Consumers(pieces.Input).Where(pieces.Nodes.Contains).All(reader => ActivationBounds.Of(reader, index) is null);
    }

    private static void Write(NodeProto last, RampPieces pieces, GraphEditor graph, bool hasHardSwish)
    {
        var (slope, offset) = ((float)pieces.Ramp.Slope, (float)pieces.Ramp.Offset);
        last.Name = last.DisplayName();
        last.Attribute.Clear();
        last.Input.Clear();
        last.Input.Add(pieces.Input);
        if (!pieces.Ramp.IsHardSwish)
        {
            AsHardSigmoid(last, slope, offset);
        }
        else if (hasHardSwish)
        {
            last.OpType = "HardSwish";
        }
        else
        {
            var name = graph.FreshName($"{last.Output[0]}_gate");
            var gate = new NodeProto { Name = name, Input = { pieces.Input }, Output = { name } };
            AsHardSigmoid(gate, 1 / 6f, 0.5f);
            graph.Graph.Node.Add(gate);
            last.OpType = "Mul";
            last.Input.Add(name);
        }
    }

    private static void AsHardSigmoid(NodeProto node, float slope, float offset)
    {
        node.OpType = "HardSigmoid";
        node.SetFloat("alpha", slope);
        node.SetFloat("beta", offset);
    }
}
