using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>A length that a graph computes with: a number, or that of a free axis, which the same name stands for everywhere.</summary>
/// <param name="Value">The number; meaningless for a free axis.</param>
/// <param name="Axis">What a free axis is called; null for a number.</param>
internal readonly record struct SizeElement(long Value, string? Axis = null);

/// <summary>Follows lengths of axes through what exporters compute with them: Shape, Gather, Concat and their like.</summary>
internal sealed class SizeVectors(GraphIndex index, TensorFacts facts)
{
    // no tensor has so many axes
    private const int MostElements = 16;

    // what has as many samples, along the first axis, as its first input
    private static readonly HashSet<string> KeepingSamples =
    [
        "AveragePool", "BatchNormalization", "Cast", "Clip", "Conv", "ConvTranspose", "Elu", "Erf", "Gelu", "GlobalAveragePool", "GlobalMaxPool",
        "HardSigmoid", "HardSwish", "Identity", "InstanceNormalization", "LayerNormalization", "LeakyRelu", "MaxPool", "Relu", "Sigmoid",
        "Softmax", "Softplus", "Sqrt", "Tanh",
    ];

    private readonly Dictionary<string, IReadOnlyList<SizeElement>?> _known = [];
    private readonly Dictionary<string, IReadOnlyList<SizeElement>> _reshaped = [];
    private readonly Dictionary<(string, int), string> _axes = [];

    /// <summary>The elements of a tensor of lengths; null where it is computed in another way.</summary>
    internal IReadOnlyList<SizeElement>? Of(string tensor)
    {
        if (_known.TryGetValue(tensor, out var known))
            return known;
        // a damaged graph may run in a circle
        _known[tensor] = null;
        var found = index.Initializer(tensor) is { } constant ? Constant(constant)
            : index.Producer(tensor) is { } node && NodeAttributes.IsDefaultDomain(node.Domain) ? Made(node)
            : null;
        return _known[tensor] = found?.Count <= MostElements ? found : null;
    }

    /// <summary>The length of a tensor's axis; null where the tensor has no such axis, or nothing is known of it.</summary>
    internal SizeElement? Length(string tensor, int axis)
    {
        // where a shape is computed, not even the number of axes is inferred
        if (!facts.TryGet(tensor, out var fact) || axis >= fact.Dims.Count)
            return Source(tensor, axis);
        if (fact.Dims[axis] >= 0)
            return new SizeElement(fact.Dims[axis]);
        if (fact.Symbols[axis] is { Length: > 0 } symbol)
            return new SizeElement(0, symbol);
        if (!_axes.TryGetValue((tensor, axis), out var called))
        {
            // a damaged graph may run in a circle
            _axes[(tensor, axis)] = called = $"{tensor}[{axis}]";
            _axes[(tensor, axis)] = called = Source(tensor, axis)?.Axis ?? called;
        }

        return new SizeElement(0, called);
    }

    /// <summary>Tells the lengths that a Reshape makes, which inference does not know.</summary>
    internal void Note(string reshaped, IReadOnlyList<SizeElement> lengths) => _reshaped[reshaped] = lengths;

    /// <summary>The free length that an axis without a name was handed on from; null where that is not known.</summary>
    private SizeElement? Source(string tensor, int axis)
    {
        if (_reshaped.TryGetValue(tensor, out var lengths))
            return axis < lengths.Count && lengths[axis] is not { Axis: null, Value: <= 0 } ? lengths[axis] : null;
        if (index.Producer(tensor) is not { } node || !NodeAttributes.IsDefaultDomain(node.Domain) || node.Input.Count == 0)
            return null;
        if (node.Is("Transpose") && node.GetInts("perm") is { } order)
            return Length(node.Input[0], (int)order[axis]);
        return axis == 0 && KeepsSamples(node) && Length(node.Input[0], 0) is { Axis: not null } length ? length : null;
    }

    private bool KeepsSamples(NodeProto node) => node.OpType switch
    {
        "Add" or "Sub" or "Mul" or "Div" or "Pow" or "PRelu" => IsAlike(node.Input[0], node.Input[1]),
        "MatMul" => facts.Rank(node.Input[0]) == 2 || IsAlike(node.Input[0], node.Input[1]),
        "Gemm" => node.GetInt("transA", 0) == 0,
        "Concat" or "Split" => node.GetInt("axis", 0) > 0,
        "Flatten" => node.GetInt("axis", 1) == 1,
        "ReduceMean" => node.GetInts("axes")?.All(axis => axis > 0) == true,
        "Slice" => index.Initializer(node.InputOrEmpty(3)) is { } axes && TensorData.Integers(axes).All(axis => axis > 0),
        var other => KeepingSamples.Contains(other),
    };

    /// <summary>Whether an operand is spread over the samples of another, or has as many.</summary>
    private bool IsAlike(string first, string other) =>
        facts.TryGet(first, out var fact) && facts.TryGet(other, out var second) && second.Dims.Count <= fact.Dims.Count
        && (second.Dims.Count < fact.Dims.Count || second.Dims is [1, ..] || Length(other, 0) == Length(first, 0));

    private IReadOnlyList<SizeElement>? Made(NodeProto node) => node.OpType switch
    {
        "Shape" => Shape(node),
        "Identity" or "Cast" or "Unsqueeze" or "Squeeze" or "Reshape" or "Flatten" => Of(node.Input[0]),
        "Gather" when Of(node.Input[0]) is { } from && index.Initializer(node.Input[1]) is { } places => Gathered(from, TensorData.Integers(places)),
        "Slice" => Slice(node),
        "Concat" => Joined([.. node.Input.Select(Of)]),
        "Add" => Computed(node, (a, b) => a + b),
        "Sub" => Computed(node, (a, b) => a - b),
        "Mul" => Computed(node, (a, b) => a * b),
        "Div" => Computed(node, (a, b) => b == 0 || a < 0 || b < 0 ? null : a / b),
        _ => null,
    };

    private static IReadOnlyList<SizeElement>? Constant(TensorProto tensor) =>
        TensorData.Type(tensor) is TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Int32 && TensorData.Count(tensor) <= MostElements
            ? [.. TensorData.Integers(tensor).Select(value => new SizeElement(value))]
            : null;

    private IReadOnlyList<SizeElement>? Shape(NodeProto node)
    {
        if (facts.Rank(node.Input[0]) is not { } rank)
            return null;
        var all = Enumerable.Range(0, rank).Select(axis => Length(node.Input[0], axis)!.Value).ToList();
        return Part(all, node.GetInt("start", 0), node.GetInt("end", rank));
    }

    private static IReadOnlyList<SizeElement>? Gathered(IReadOnlyList<SizeElement> from, long[] places)
    {
        var at = Array.ConvertAll(places, place => place < 0 ? place + from.Count : place);
        return at.All(place => place >= 0 && place < from.Count) ? [.. at.Select(place => from[(int)place])] : null;
    }

    private IReadOnlyList<SizeElement>? Slice(NodeProto node)
    {
        if (Of(node.Input[0]) is not { } from || One(1) is not { } start || One(2) is not { } end
            || (node.InputOrEmpty(3).Length > 0 && One(3) is not 0) || (node.InputOrEmpty(4).Length > 0 && One(4) is not 1))
            return null;
        return Part(from, start, end);

        long? One(int input) => index.Initializer(node.InputOrEmpty(input)) is { } constant && TensorData.Integers(constant) is [var value] ? value : null;
    }

    private static IReadOnlyList<SizeElement> Part(IReadOnlyList<SizeElement> from, long start, long end)
    {
        var (first, last) = (Position(start), Position(end));
        return [.. from.Skip(first).Take(Math.Max(0, last - first))];

        int Position(long at) => (int)Math.Clamp(at < 0 ? at + from.Count : at, 0, from.Count);
    }

    private static IReadOnlyList<SizeElement>? Joined(IReadOnlyList<IReadOnlyList<SizeElement>?> parts) =>
        parts.Contains(null) ? null : [.. parts.SelectMany(part => part!)];

    private IReadOnlyList<SizeElement>? Computed(NodeProto node, Func<long, long, long?> operation)
    {
        if (Of(node.Input[0]) is not [{ Axis: null } first] || Of(node.Input[1]) is not [{ Axis: null } second])
            return null;
        return operation(first.Value, second.Value) is { } value ? [new SizeElement(value)] : null;
    }
}
