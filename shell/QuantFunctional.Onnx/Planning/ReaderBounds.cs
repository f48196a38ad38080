using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Between which bounds the readers of a tensor tell its values apart: a value beyond a bound does to all of them what the
/// bound does, so that no step needs to be spent on it.
/// </summary>
/// <remarks>
/// A Softmax does not tell numbers from each other that lie far below the largest one of their row, which is where masks put
/// them. Sigmoid and its like are flat at both ends, Relu and Clip cut. What only moves, adds or scales values hands the
/// bounds on to what it reads.
/// </remarks>
internal sealed class ReaderBounds
{
    // e^-11.1 is 2^-16: beside the largest value of the row it rounds to no step of a probability
    private const double SoftmaxReach = 16 * 0.69314718055994530942;

    private readonly Scheme _scheme;
    private readonly ILookup<string, string> _groups;
    private readonly Dictionary<string, string> _groupOf;
    private readonly Observations _observed;
    private readonly Maskings _maskings;
    private readonly int _levels;
    private readonly Dictionary<string, Bounds> _bounds = [];

    /// <summary>Goes through the graph from its end to its beginning.</summary>
    /// <param name="scheme">What runs in integers.</param>
    /// <param name="groups">Which tensors share an encoding.</param>
    /// <param name="observed">What the samples showed.</param>
    /// <param name="levels">How many steps an encoding has.</param>
    internal ReaderBounds(Scheme scheme, EncodingGroups groups, Observations observed, int levels)
    {
        (_scheme, _observed, _levels) = (scheme, observed, levels);
        _groupOf = groups.Tensors.ToDictionary(tensor => tensor, groups.GroupOf);
        _groups = _groupOf.ToLookup(tensor => tensor.Value, tensor => tensor.Key);
        _maskings = new Maskings(scheme.Index, observed.Ranges);
        var index = scheme.Index;
        foreach (var node in index.TopologicalOrder.Reverse())
        {
            foreach (var tensor in GraphWalk.Reads(node))
            {
                var asked = AskedBy(node, tensor);
                _bounds[tensor] = _bounds.TryGetValue(tensor, out var others) ? others.Join(asked) : asked;
            }
        }
    }

    /// <summary>The bounds of all readers of a group's tensors.</summary>
    internal Bounds OfGroup(IEnumerable<string> tensors) => Joined(tensors);

    private Bounds Joined(IEnumerable<string> tensors) => tensors.Select(Of).ToList() is { Count: > 0 } all
        ? all.Aggregate((one, other) => one.Join(other))
        : Bounds.None;

    /// <summary>The bounds of all readers of a tensor; whoever reads an output of the model tells everything apart.</summary>
    private Bounds Of(string tensor) => _scheme.Index.IsGraphOutput(tensor)
        ? Bounds.None
        : _bounds.GetValueOrDefault(tensor, Bounds.None);

    private Bounds AskedBy(NodeProto node, string tensor)
    {
        if (!NodeAttributes.IsDefaultDomain(node.Domain) || node.Input.Count(input => input == tensor) != 1)
            return Bounds.None;
        var at = node.Input.IndexOf(tensor);
        var after = Joined(node.Output.Where(output => output.Length > 0));
        return (node.OpType, at) switch
        {
            ("MaxPool", 0) when node.Output.Count > 1 && node.Output[1].Length > 0 => Bounds.None,
            ("Reshape" or "Flatten" or "Transpose" or "Squeeze" or "Unsqueeze" or "Expand" or "Tile" or "Slice" or "Gather"
                or "Split" or "DepthToSpace" or "Identity" or "MaxPool" or "ReduceMax" or "ReduceMin", 0) => after,
            ("Concat", _) or ("Where", 1 or 2) => after,
            ("Softmax", 0) => Softmax(tensor),
            ("Add", _) => after.Minus(RangeOf(node.Input[1 - at], node)),
            ("Sub", 0) => after.Plus(RangeOf(node.Input[1], node)),
            ("Sub", 1) => after.SubtractedFrom(RangeOf(node.Input[0], node)),
            ("Mul", _) when Gates.ZeroBelow(_scheme.Index, node.Input[1 - at], tensor) is { } zero => Bounds.None with { Low = zero },
            ("Mul", _) => Positive(node.Input[1 - at]) is { } factors ? after.DividedBy(factors) : Bounds.None,
            ("Div", 0) => Positive(node.Input[1]) is { } divisors
                ? after.DividedBy((1 / divisors.High, 1 / divisors.Low))
                : Bounds.None,
            ("Relu", 0) => after.Within(0, double.PositiveInfinity),
            ("Clip", 0) => after.Within(Limit(node, 1, double.NegativeInfinity), Limit(node, 2, double.PositiveInfinity)),
            ("HardSwish", 0) => Bounds.None with { Low = -3 },
            ("HardSigmoid", 0) => HardSigmoid(node),
            ("Sigmoid", 0) => StepOf(node.Output[0]) is { } step ? Saturation.OfSigmoid(step) : Bounds.None,
            ("Tanh", 0) => StepOf(node.Output[0]) is { } step ? Saturation.OfTanh(step) : Bounds.None,
            _ => Bounds.None,
        };
    }

    /// <summary>Rows in which everything is masked hold no score that could be lost.</summary>
    private Bounds Softmax(string tensor)
    {
        if (!_observed.Rows.TryGetValue(tensor, out var maxima))
            return Bounds.None;
        var lowest = maxima.LowestUnmasked > maxima.Lowest && _maskings.Reach(tensor) ? maxima.LowestUnmasked : maxima.Lowest;
        return float.IsFinite(lowest) ? Bounds.None with { Low = lowest - SoftmaxReach } : Bounds.None;
    }

    /// <summary>The step of a tensor that exists only rounded; null where someone reads it as a real number.</summary>
    private double? StepOf(string tensor)
    {
        var index = _scheme.Index;
        var isRounded = _scheme.IsWrittenInIntegers(tensor)
            || (!index.IsGraphOutput(tensor) && index.Consumers(tensor) is { Count: > 0 } readers
                && readers.All(reader => _scheme.IntegerForm(reader) is not null));
        if (!isRounded || !_groupOf.ContainsKey(tensor) || !_observed.Ranges.TryGetValue(tensor, out var range))
            return null;
        return Of(tensor).Cut(range).Width / _levels;
    }

    private static Bounds HardSigmoid(NodeProto node)
    {
        var (slope, offset) = (node.GetFloat("alpha", 0.2f), node.GetFloat("beta", 0.5f));
        return slope > 0 ? new Bounds(-offset / slope, (1.0 - offset) / slope) : Bounds.None;
    }

    private double Limit(NodeProto node, int at, double byDefault)
    {
        var name = node.InputOrEmpty(at);
        if (name.Length == 0)
            return byDefault;
        // a limit that is computed may be any number
        return ConstantOperand.Single(_scheme.Index, name) ?? byDefault;
    }

    private (double Low, double High)? Positive(string tensor) =>
        ConstantOperand.Range(_scheme.Index, tensor) is { Min: > 0 } range ? (range.Min, range.Max) : null;

    /// <summary>
    /// The range of what a node adds; null where it is not known. What a float node reads as a real number may leave in use what
    /// was seen of it; only integers saturate.
    /// </summary>
    private ObservedRange? RangeOf(string tensor, NodeProto reader)
    {
        if (_scheme.Index.Initializer(tensor) is not null)
            return ConstantOperand.Range(_scheme.Index, tensor);
        if (_scheme.IntegerForm(reader) is null && !_scheme.IsWrittenInIntegers(tensor))
            return null;
        if (_observed.Ranges.ContainsKey(tensor))
            return _observed.WithInfinities(tensor);
        // what only moves data is not observed; its group holds what it moves
        return _groupOf.TryGetValue(tensor, out var group)
            ? _groups[group]
                .Select(other => _observed.Ranges.ContainsKey(other) ? _observed.WithInfinities(other) : ConstantOperand.Range(_scheme.Index, other))
                .OfType<ObservedRange>()
                .Aggregate(ObservedRange.Empty, (all, one) => all.Join(one))
            : null;
    }
}
