using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Judging;

/// <summary>Which tensors share one encoding: what only moves data keeps it, what joins shares it where it can.</summary>
internal sealed class EncodingGroups
{
    private readonly Dictionary<string, string> _parent = [];
    private readonly HashSet<string> _probabilities = [];
    private readonly HashSet<string> _moved = [];

    /// <summary>Groups the tensors that a scheme reads or writes in integers.</summary>
    internal EncodingGroups(Scheme scheme)
    {
        foreach (var node in scheme.Integers)
        {
            foreach (var tensor in node.Inputs.Concat(node.Outputs))
                _parent.TryAdd(tensor, tensor);
            if (node.Kernel == IntegerKernel.Softmax)
                _probabilities.Add(node.Outputs[0]);
            if (node.Kernel != IntegerKernel.Moves)
                continue;
            _moved.UnionWith(node.Outputs);
            foreach (var output in node.Outputs)
                Unite(node.Inputs[0], output);
        }

        foreach (var join in scheme.Integers.Where(node => node.Kernel == IntegerKernel.Joins))
        {
            foreach (var input in join.Inputs.Where(input => EndsIn(join, input, scheme) && KeepsBounds(join, input, scheme)))
                Unite(input, join.Outputs[0]);
        }
    }

    /// <summary>Every tensor that has an encoding, in a fixed order.</summary>
    internal IEnumerable<string> Tensors => _parent.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether a tensor has an encoding.</summary>
    internal bool Has(string tensor) => _parent.ContainsKey(tensor);

    /// <summary>The tensor that stands for a tensor's group.</summary>
    internal string GroupOf(string tensor)
    {
        while (_parent[tensor] is var above && above != tensor)
            tensor = above;
        return tensor;
    }

    /// <summary>Whether a group holds probabilities, whose encoding is fixed.</summary>
    internal bool HoldsProbabilities(string group) => _probabilities.Any(tensor => GroupOf(tensor) == group);

    /// <summary>
    /// The tensors of which the range is observed: what only moves data shows no value that is not seen before.
    /// </summary>
    internal IEnumerable<string> Observed(GraphIndex index) =>
        Tensors.Where(tensor => !_moved.Contains(tensor) && index.Initializer(tensor) is null);

    /// <summary>
    /// True where nothing but this join reads the tensor's group in the end, so that the join's encoding loses nothing that
    /// the join would not lose itself.
    /// </summary>
    private bool EndsIn(IntegerNode join, string input, Scheme scheme)
    {
        var group = GroupOf(input);
        if (HoldsProbabilities(group) || group == GroupOf(join.Outputs[0]))
            return false;
        return _parent.Keys.Where(tensor => GroupOf(tensor) == group).All(tensor =>
            scheme.Index.Initializer(tensor) is null
            && !scheme.Index.IsGraphInput(tensor)
            && !scheme.Index.IsGraphOutput(tensor)
            && scheme.Index.Consumers(tensor).All(reader => reader == join.Node || MovesWithin(group, reader, scheme)));
    }

    /// <summary>
    /// True where an encoding of all parts cuts what a Relu or Clip cuts, which is done by saturation: where no part has such
    /// bounds, or all have the same.
    /// </summary>
    private static bool KeepsBounds(IntegerNode join, string input, Scheme scheme)
    {
        var bounds = scheme.BoundsOf(input);
        return bounds is null || join.Inputs.All(other => scheme.BoundsOf(other) == bounds);
    }

    private bool MovesWithin(string group, Format.NodeProto reader, Scheme scheme) =>
        scheme.IntegerForm(reader) is { Kernel: IntegerKernel.Moves or IntegerKernel.Joins } form
        && form.Outputs.All(output => GroupOf(output) == group);

    private void Unite(string first, string second)
    {
        var (a, b) = (GroupOf(first), GroupOf(second));
        // the earlier name stands for both, so that the result does not hang on the order of unions
        if (string.CompareOrdinal(a, b) <= 0)
            _parent[b] = a;
        else
            _parent[a] = b;
    }
}
