using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using CoreEncoding = QuantFunctional.FSharp.Encoding;

namespace QuantFunctional.Onnx.Planning;

/// <summary>The encoding of every tensor that is read or written in integers, and the range that it was chosen for.</summary>
internal sealed class TensorEncodings
{
    private readonly EncodingGroups _groups;
    private readonly StepFormat _steps;
    private readonly Dictionary<string, (ObservedDistribution Range, Encoding Encoding)> _byGroup = [];
    private readonly SortedDictionary<string, ObservedRange> _chosen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _cut = [];

    /// <summary>Chooses one encoding for each group of tensors.</summary>
    /// <param name="scheme">What runs in integers.</param>
    /// <param name="groups">Which tensors share an encoding.</param>
    /// <param name="observed">What the samples showed of every tensor that <see cref="EncodingGroups.Observed"/> names.</param>
    /// <param name="options">How the layers are planned.</param>
    /// <param name="storage">How the model holds activations.</param>
    /// <param name="ranges">How the ranges are chosen.</param>
    internal TensorEncodings(
        Scheme scheme, EncodingGroups groups, Observations observed, PlanOptions options,
        ActivationStorage storage, RangeChoice ranges)
    {
        _groups = groups;
        _steps = options.Profile.Steps;
        var bounds = new ReaderBounds(scheme, groups, observed, storage.Levels);
        foreach (var group in groups.Tensors.GroupBy(groups.GroupOf))
        {
            var seen = Joined(tensor => Seen(tensor) is { } at ? observed.Ranges[at] : null);
            var withInfinities = Joined(tensor => Seen(tensor) is { } at ? observed.WithInfinities(at) : null);
            var where = $"{scheme.Model.Path}: tensor '{group.Key}'";
            var told = bounds.OfGroup(group).Cut(withInfinities);
            // an infinity that no reader bounds is as far as the encoding goes
            told = new(float.IsFinite(told.Min) ? told.Min : seen.Min, float.IsFinite(told.Max) ? told.Max : seen.Max);
            if (told != seen)
                _cut.Add(group.Key);
            var chosen = Chosen(told);
            _chosen[group.Key] = chosen;
            var range = FSharp.ObservedDistribution.ofObservation(chosen.Min, chosen.Max).OpenOrThrow(where);
            // ONNX Runtime's Softmax divides by floor(1/step): only 1/256 is exact, from the lowest value upward
            var encoding = storage.HasKernels && groups.HoldsProbabilities(group.Key)
                ? CoreEncoding.ofStep(1.0 / 256, sbyte.MinValue, ScalarType.Int8)
                : CoreEncoding.ofRange(
                    options.Profile.Steps, !options.SymmetricActivations, storage.Type, range.Low, range.High);
            _byGroup[group.Key] = (range, encoding.OpenOrThrow(where));

            string? Seen(string tensor) => MovedTensors.Observed(tensor, scheme.Index, observed.Ranges.ContainsKey);

            // constants are in use as they are, so that none of them is clipped
            ObservedRange Chosen(ObservedRange told) => group
                .Select(scheme.Index.Initializer)
                .OfType<Format.TensorProto>()
                .Aggregate(
                    ranges.Of(group.Key, group, told, Histogram, options.SymmetricActivations, options.SymmetricActivations ? storage.Levels - 1 : storage.Levels),
                    (range, constant) => range.Join(bounds.OfGroup(group).Cut(ConstantOperand.WithInfinities(constant))));

            ValueHistogram Histogram() => group
                .Select(tensor => Seen(tensor))
                .OfType<string>()
                .Distinct()
                .Select(tensor => observed.Tensors[tensor].Histogram)
                .Aggregate(FSharp.ValueHistogram.empty, FSharp.ValueHistogram.merge);

            ObservedRange Joined(Func<string, ObservedRange?> observedOf) => group
                .Select(tensor => scheme.Index.Initializer(tensor) is { } constant ? ConstantOperand.WithInfinities(constant) : observedOf(tensor))
                .OfType<ObservedRange>()
                .Aggregate((one, other) => one.Join(other));
        }
    }

    private TensorEncodings(TensorEncodings same, TensorEncodings others, IReadOnlySet<string> groups)
    {
        (_groups, _steps, _cut) = (same._groups, same._steps, same._cut);
        foreach (var (group, chosen) in same._byGroup)
            _byGroup[group] = groups.Contains(group) ? others._byGroup[group] : chosen;
    }

    /// <summary>These encodings, but for some groups those that were chosen otherwise.</summary>
    internal TensorEncodings With(TensorEncodings others, IReadOnlySet<string> groups) => new(this, others, groups);

    /// <summary>The range that was chosen for each encoding, by the tensor that stands for it, in a fixed order.</summary>
    internal IReadOnlyDictionary<string, ObservedRange> Chosen => _chosen;

    /// <summary>Every tensor that has an encoding, in a fixed order.</summary>
    internal IEnumerable<string> Tensors => _groups.Tensors;

    /// <summary>Whether a tensor has an encoding.</summary>
    internal bool Has(string tensor) => _groups.Has(tensor);

    /// <summary>The tensor under whose name the parameters of a tensor's group are written.</summary>
    internal string GroupOf(string tensor) => _groups.GroupOf(tensor);

    /// <summary>How a tensor is stored, in signed integers.</summary>
    internal Encoding Of(string tensor) => At(tensor, RaiseOf(tensor));

    /// <summary>How a tensor would be stored with its group's step raised by so many 2^−15 above what the range asks for.</summary>
    internal Encoding At(string tensor, int raise) =>
        CoreEncoding.raised(_steps, raise, _byGroup[_groups.GroupOf(tensor)].Encoding);

    /// <summary>Whether a tensor takes values that its encoding leaves out, since no reader tells them apart.</summary>
    internal bool IsCut(string tensor) => _cut.Contains(_groups.GroupOf(tensor));

    /// <summary>By how many 2^−15 the step of a tensor's group is raised.</summary>
    internal int RaiseOf(string tensor) => RangeOf(tensor).StepRaise;

    /// <summary>Raises the step of a tensor's group by so many 2^−15 above what the range asks for.</summary>
    internal void Raise(string tensor, int raise)
    {
        var group = _groups.GroupOf(tensor);
        var (range, encoding) = _byGroup[group];
        _byGroup[group] = (FSharp.ObservedDistribution.withStepRaise(raise, range).OpenOrThrow(tensor), encoding);
    }

    /// <summary>The range that a tensor's encoding covers, and by how much joins raise its step.</summary>
    internal ObservedDistribution RangeOf(string tensor) => _byGroup[_groups.GroupOf(tensor)].Range;
}
