using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>
/// Plans a prepared model: observes it, decides what stays in float, and plans the rest, again and again until all that is left
/// can be planned.
/// </summary>
internal sealed class NetworkPlanner
{
    private readonly QuantizeRequest _request;
    private readonly PlanOptions _options;
    private readonly ActivationStorage _storage;
    private readonly SampleSet? _samples;
    private readonly StatisticsInUse? _statistics;
    private readonly Dictionary<string, string> _kept;
    private readonly IProgress<QuantizeProgress>? _progress;
    private readonly CancellationToken _cancel;
    private ModelForm _form;
    private HashSet<string>? _chains;
    private Scheme _scheme;
    private EncodingGroups _groups;

    /// <summary>Begins with what can run in integers by its operators alone.</summary>
    /// <exception cref="QuantException">Nothing can.</exception>
    internal NetworkPlanner(
        QuantizeRequest request, PlanOptions options, ReadyModel ready, SampleSet? samples, StatisticsInUse? statistics,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        (_request, _options, _samples, _statistics, _progress, _cancel) = (request, options, samples, statistics, progress, cancel);
        _kept = ready.Kept;
        _form = new ModelForm(
            ready.Prepared, new Observations(0, [], new Dictionary<string, RangeHistory>(), new Dictionary<string, RowMaxima>(), []));
        Seen = Observed;
        _storage = ActivationStorage.For(request.Precision, ready.Prepared.Opset);
        _chains = request.RoundChains ? null : [];
        _scheme = Scheme.Build(ready.Prepared, request.SymmetricActivations, _kept, _chains);
        _groups = new EncodingGroups(_scheme);
        NothingToQuantize.Refuse(_scheme);
    }

    /// <summary>What the samples showed of the model in the form that it has now.</summary>
    internal Observations Observed => _form.Observed;

    /// <summary>What the samples showed of the prepared model.</summary>
    internal Observations Seen { get; private set; }

    /// <summary>The nodes that were kept in float before the model took another form, with the reason.</summary>
    internal IReadOnlyDictionary<string, string> Apart { get; private set; } = new Dictionary<string, string>();

    /// <summary>What of the model runs in integers as it is judged now.</summary>
    internal Scheme Scheme => _scheme;

    /// <summary>The tensors whose ranges planning asks for.</summary>
    internal IReadOnlyList<string> Tensors => [.. _groups.Observed(_scheme.Index)];

    /// <summary>The tensors that stand for those which share an encoding, in a fixed order.</summary>
    internal IReadOnlyList<string> Groups => [.. _groups.Tensors.Where(tensor => _groups.GroupOf(tensor) == tensor)];

    /// <summary>Runs the samples on the model as it is judged now.</summary>
    internal ObservedJson Run(SampleSet samples) =>
        Calibrator.Seen(_scheme.Model, Tensors, BiasMeans.Inputs(_scheme), samples, _progress, _cancel);

    /// <summary>Runs the samples, or takes their statistics, and keeps apart what their values show to be better in float.</summary>
    internal Observations Observe()
    {
        var seen = Observations.Of(
            _statistics?.Of(Tensors, [.. BiasMeans.Inputs(_scheme).Select(input => input.Layer)]) ?? Run(_samples!), Tensors);
        Begin(seen, KeptApart.InFloat(_scheme, seen, _storage));
        if (JoinEqualization.Wanted(_scheme, Observed) is { Count: > 0 } joins)
            Form = JoinEqualization.Applied(_scheme, Observed, joins);
        return Observed;
    }

    /// <summary>Begins with what samples showed, and with what is kept apart because of it.</summary>
    internal void Begin(Observations seen, IEnumerable<KeyValuePair<string, string>> apart)
    {
        _chains = [.. _scheme.Integers.Where(node => node.Chain is not null).SelectMany(node => node.Nodes).Select(node => node.DisplayName())];
        var before = _kept.Count;
        foreach (var (node, reason) in apart)
            _kept.TryAdd(node, reason);
        (Seen, Apart) = (seen, new Dictionary<string, string>(_kept));
        _form = _form with { Observed = seen };
        if (_kept.Count > before)
            Judge();
    }

    /// <summary>Keeps further nodes in float.</summary>
    internal void Keep(IEnumerable<KeyValuePair<string, string>> nodes)
    {
        foreach (var (node, reason) in nodes)
            _kept[node] = reason;
        Judge();
    }

    /// <summary>What corrects the biases of a network's layers.</summary>
    internal BiasMeans MeansOf(IReadOnlyList<PlannedLayer> layers) => BiasMeans.Of(layers, Observed.LayerInputs);

    /// <summary>The model with its channels in a better order for safe pairs of products; null where none is found.</summary>
    internal OrderedModel? Ordered(CancellationToken cancel) => ChannelOrdering.Of(_scheme, Observed, _options, cancel);

    /// <summary>By which powers of two channels could be multiplied to use more of their tensors' steps.</summary>
    internal IReadOnlyList<ChannelFactors> Factors(CancellationToken cancel) =>
        FactorSearch.Of(_scheme, _groups, Observed, _options.PerChannel, _samples!, _progress, cancel);

    /// <summary>The model with channels multiplied.</summary>
    internal EqualizedModel Equalized(IEnumerable<ChannelFactors> factors) => EqualizedModel.Of(_scheme, Observed, factors);

    /// <summary>Observes the model that is planned now, whose tensors have other values than the one that was observed.</summary>
    internal void ObserveAgain()
    {
        List<string> tensors = [.. Observed.Tensors.Keys.Union(Tensors)];
        _form = _form with
        {
            Observed = Observations.Of(Calibrator.Seen(_form.Model, tensors, BiasMeans.Inputs(_scheme), _samples!, _progress, _cancel), tensors),
        };
    }

    /// <summary>The form of the model that is planned. Another one is planned from then on, with the nodes in float that it had.</summary>
    internal ModelForm Form
    {
        get => _form with { InFloat = new Dictionary<string, string>(_kept) };
        set
        {
            _form = value;
            if (value.InFloat is { } inFloat)
                KeepNoneBut(inFloat);
            Judge();
        }
    }

    /// <summary>The layers that are planned with other integers than the nearest.</summary>
    internal LayerRoundings Roundings { get; set; } = LayerRoundings.None;

    /// <summary>Plans the network.</summary>
    /// <exception cref="QuantException">No layer can be planned.</exception>
    internal PlannedNetwork Plan(RangeChoice ranges, BiasMeans means)
    {
        // a layer or join that cannot be planned stays in float, which changes what its neighbours can do: so judge again
        while (true)
        {
            var (network, refused) = TryPlan(ranges, means);
            if (network is not null)
                return network;
            Keep(refused);
            if (!_scheme.Layers.Any())
            {
                throw Diagnostics.NothingPlanned.Fault(
                    $"{_request.Model}: no layer can be planned; {refused.First().Value}",
                    file: _request.Model.Name, node: refused.First().Key);
            }
        }
    }

    /// <summary>Plans the network with more nodes in float, this once; null where no layer is left in integers.</summary>
    internal PlannedNetwork? Plan(RangeChoice ranges, BiasMeans means, IEnumerable<string> inFloat, string reason)
    {
        var before = new Dictionary<string, string>(_kept);
        try
        {
            foreach (var node in inFloat)
                _kept.TryAdd(node, reason);
            Judge();
            return _scheme.Layers.Any() ? Plan(ranges, means) : null;
        }
        catch (QuantException fault) when (fault.Diagnostic == Diagnostics.NothingPlanned)
        {
            return null;
        }
        finally
        {
            KeepNoneBut(before);
            Judge();
        }
    }

    /// <summary>The encodings of the network's tensors before the steps of joins are raised.</summary>
    internal TensorEncodings Encodings(RangeChoice ranges) => new(_scheme, _groups, Observed, _options, _storage, ranges);

    /// <summary>Plans the network as it is judged now; what cannot be planned is refused, each node with the reason.</summary>
    internal (PlannedNetwork? Network, IReadOnlyDictionary<string, string> Refused) TryPlan(
        RangeChoice ranges, BiasMeans means)
    {
        var encodings = Encodings(ranges);
        if (_storage.HasKernels && Amplifiers.InFloat(_scheme, encodings) is { Count: > 0 } amplifiers)
            return (null, amplifiers);
        var (joins, refused) = JoinPlans.Make(_scheme, encodings, _options, _storage);
        if (refused.Count > 0)
            return (null, refused);
        (var layers, refused, means) = Layers(encodings, means);
        if (refused.Count > 0)
            return (null, refused);
        var quantized = GraphRewriter.Rewrite(_scheme, encodings, layers, _storage, _request.For);
        refused = RuntimeRefusal.Culprit(quantized, _scheme, names => Without(names, layers, ranges));
        return refused.Count > 0
            ? (null, refused)
            : (new PlannedNetwork(_scheme, encodings, joins, layers, _storage, quantized) { Means = means, Kept = new Dictionary<string, string>(_kept) }, refused);
    }

    /// <summary>
    /// The plans of all layers, and what corrects their biases: with 16-bit activations all are, since the rounding of the weights is
    /// nearly all that is lost there, and its mean can be taken out.
    /// </summary>
    private (IReadOnlyList<PlannedLayer> Plans, IReadOnlyDictionary<string, string> Refused, BiasMeans Means) Layers(
        TensorEncodings encodings, BiasMeans means)
    {
        using var phase = Telemetry.Begin("plan", _request.Model.Name);
        var (plans, refused) = LayerPlans.Make(_scheme, encodings, _options, means, Roundings, _progress, _cancel);
        if (refused.Count > 0 || _storage.HasKernels || !means.IsNone)
            return (plans, refused, means);
        means = MeansOf(plans);
        (plans, refused) = LayerPlans.Make(_scheme, encodings, _options, means, Roundings, _progress, _cancel);
        return (plans, refused, means);
    }

    /// <summary>The graph of plans that were made already, without the integers of some nodes.</summary>
    private OnnxModel Without(IEnumerable<string> names, IReadOnlyList<PlannedLayer> plans, RangeChoice ranges)
    {
        var fewer = Scheme.Build(
            _form.Model, _request.SymmetricActivations, _kept.Concat(names.Select(one => KeyValuePair.Create(one, ""))).ToDictionary(), _chains);
        return GraphRewriter.Rewrite(
            fewer, new TensorEncodings(fewer, new EncodingGroups(fewer), Observed, _options, _storage, ranges), plans, _storage);
    }

    private void KeepNoneBut(IReadOnlyDictionary<string, string> nodes)
    {
        _kept.Clear();
        foreach (var (node, reason) in nodes)
            _kept.Add(node, reason);
    }

    private void Judge()
    {
        _scheme = Scheme.Build(_form.Model, _request.SymmetricActivations, _kept, _chains);
        _groups = new EncodingGroups(_scheme);
    }
}
