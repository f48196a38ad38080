using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Operators that together are one ramp of a tensor.</summary>
/// <param name="Input">The tensor.</param>
/// <param name="Nodes">The operators; only the last one's result is read from outside.</param>
/// <param name="Ramp">What they are.</param>
internal sealed record RampPieces(string Input, IReadOnlySet<NodeProto> Nodes, Ramp Ramp)
{
    // more than any exporter writes: Add, Max, Min, Mul, Div, and a scale or two
    private const int Most = 8;

    /// <summary>All that end in a node, those of most operators first.</summary>
    internal static IEnumerable<RampPieces> EndingIn(NodeProto last, GraphIndex index, TensorFacts facts)
    {
        var found = new List<RampPieces>();
        var tensors = new Queue<string>(Data(last, index));
        for (var seen = new HashSet<string>(); tensors.Count > 0 && seen.Count < Most;)
        {
            var input = tensors.Dequeue();
            if (!seen.Add(input))
                continue;
            if (Read(input, last, index, facts) is { } pieces)
                found.Add(pieces);
            foreach (var tensor in index.Producer(input) is { } maker ? Data(maker, index) : [])
                tensors.Enqueue(tensor);
        }

        return found.OrderByDescending(pieces => pieces.Nodes.Count);
    }

    private static RampPieces? Read(string input, NodeProto last, GraphIndex index, TensorFacts facts)
    {
        var nodes = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var rank = facts.Rank(input) ?? 0;
        return OfNode(last) is { } ramp
            && nodes.All(node => node == last || (!index.IsGraphOutput(node.Output[0]) && index.Consumers(node.Output[0]).All(nodes.Contains)))
                ? new RampPieces(input, nodes, ramp)
                : null;

        Ramp? Of(string tensor) =>
            tensor == input ? Ramp.Line : index.Producer(tensor) is { } maker && nodes.Count < Most ? OfNode(maker) : null;

        Ramp? OfNode(NodeProto node)
        {
            if (Data(node, index) is not [var first, .. var others])
                return null;
            nodes.Add(node);
            if (others is [var second])
                return node.Is("Mul") && Of(first) is { } a && Of(second) is { } b ? Ramp.Product(a, b) : null;
            if (Of(first) is not { } ramp)
                return null;
            if (ActivationBounds.Of(node, index) is var (low, high))
                return ramp.Between(low, high);
            if (node.Is("HardSigmoid"))
                return ramp.Times(node.GetFloat("alpha", 0.2f))?.Plus(node.GetFloat("beta", 0.5f))?.Between(0, 1);
            var isFirst = node.Input[0] == first;
            return One(node.Input[isFirst ? 1 : 0]) is not { } constant ? null : (node.OpType, isFirst) switch
            {
                ("Add", _) => ramp.Plus(constant),
                ("Sub", true) => ramp.Plus(-constant),
                ("Sub", false) => ramp.Times(-1)?.Plus(constant),
                ("Mul", _) => ramp.Times(constant),
                ("Div", true) when constant != 0 => ramp.Times(1 / constant),
                _ => null,
            };
        }

        // a constant of more axes would give the result as many
        double? One(string tensor) =>
            index.Initializer(tensor) is { } constant && TensorData.Type(constant) == TensorProto.Types.DataType.Float
            && TensorData.Count(constant) == 1 && constant.Dims.Count <= rank && TensorData.Floats(constant)[0] is var value && float.IsFinite(value)
                ? value
                : null;
    }

    /// <summary>The tensors that an operator reads that may be a piece, beside constants; none for every other node.</summary>
    private static List<string> Data(NodeProto node, GraphIndex index)
    {
        var isUnary = node.Is("HardSigmoid") || ActivationBounds.Of(node, index) is not null;
        var isBinary = node.Input.Count == 2 && (node.Is("Add") || node.Is("Sub") || node.Is("Mul") || node.Is("Div"));
        return isUnary ? [node.Input[0]] : isBinary ? [.. node.Input.Where(input => index.Initializer(input) is null)] : [];
    }
}
