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
    private OnnxModel _prepared;
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
        (_prepared, _kept) = (ready.Prepared, ready.Kept);
        _storage = ActivationStorage.For(request.Precision, _prepared.Opset);
        _chains = request.RoundChains ? null : [];
        _scheme = Scheme.Build(_prepared, request.SymmetricActivations, _kept, _chains);
        _groups = new EncodingGroups(_scheme);
        RefuseNothingToDo();
        Observed = new Observations(0, [], new Dictionary<string, RangeHistory>(), new Dictionary<string, RowMaxima>(), []);
    }

    /// <summary>What the samples showed.</summary>
    internal Observations Observed { get; private set; }

    /// <summary>Runs the samples on the model as it is judged now.</summary>
    internal ObservedJson Run(SampleSet samples)
    {
        using var source = samples.Open(_scheme.Model);
        return Calibrator.Seen(_scheme.Model, Tensors, BiasMeans.Inputs(_scheme), source, _progress, _cancel);
    }

    /// <summary>Runs the samples, or takes their statistics, and keeps apart what their values show to be better in float.</summary>
    internal Observations Observe()
    {
        _chains = [.. _scheme.Integers.Where(node => node.Chain is not null).SelectMany(node => node.Nodes).Select(node => node.DisplayName())];
        var seen = _statistics?.Of(Tensors, [.. BiasMeans.Inputs(_scheme).Select(input => input.Layer)]) ?? Run(_samples!);
        Observed = Observations.Of(seen, Tensors);
        var apart = KeptApart.InFloat(_scheme, Observed, _storage);
        foreach (var (node, reason) in apart)
            _kept.TryAdd(node, reason);
        if (apart.Count > 0)
            Judge();
        if (JoinEqualization.Of(_scheme, Observed) is { } equalized)
        {
            (_prepared, Observed) = equalized;
            Judge();
        }

        return Observed;
    }

    /// <summary>What corrects the biases of a network's layers.</summary>
    internal BiasMeans MeansOf(IReadOnlyList<PlannedLayer> layers) => BiasMeans.Of(layers, Observed.LayerInputs);

    /// <summary>The model with its channels in a better order for safe pairs of products; null where none is found.</summary>
    internal OrderedModel? Ordered(CancellationToken cancel) => ChannelOrdering.Of(_scheme, Observed, _options, cancel);

    /// <summary>The model that is planned, and what the samples showed of it. Another form of it is planned from then on.</summary>
    internal (OnnxModel Prepared, Observations Observed) Form
    {
        get => (_prepared, Observed);
        set
        {
            (_prepared, Observed) = value;
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
            foreach (var (node, reason) in refused)
                _kept[node] = reason;
            Judge();
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
        var before = _kept.ToList();
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
            _kept.Clear();
            foreach (var (node, why) in before)
                _kept.Add(node, why);
            Judge();
        }
    }

    /// <summary>The encodings of the network's tensors before the steps of joins are raised.</summary>
    internal TensorEncodings Encodings(RangeChoice ranges) => new(_scheme, _groups, Observed, _options, _storage, ranges);

    private (PlannedNetwork? Network, IReadOnlyDictionary<string, string> Refused) TryPlan(
        RangeChoice ranges, BiasMeans means)
    {
        var encodings = Encodings(ranges);
        if (_storage.HasKernels && Amplifiers.InFloat(_scheme, encodings) is { Count: > 0 } amplifiers)
            return (null, amplifiers);
        var (joins, refused) = JoinPlans.Make(_scheme, encodings, _options, _storage);
        if (refused.Count > 0)
            return (null, refused);
        (var layers, refused) = Layers(encodings, means);
        if (refused.Count > 0)
            return (null, refused);
        var quantized = GraphRewriter.Rewrite(_scheme, encodings, layers, _storage, _request.For);
        refused = RuntimeRefusal.Culprit(quantized, _scheme, names => Without(names, layers, ranges));
        return refused.Count > 0
            ? (null, refused)
            : (new PlannedNetwork(_scheme, encodings, joins, layers, _storage, quantized), refused);
    }

    /// <summary>
    /// The plans of all layers; with 16-bit activations their biases are corrected, since the rounding of the weights is nearly
    /// all that is lost there, and its mean can be taken out.
    /// </summary>
    private (IReadOnlyList<PlannedLayer> Plans, IReadOnlyDictionary<string, string> Refused) Layers(
        TensorEncodings encodings, BiasMeans means)
    {
        using var phase = Telemetry.Begin("plan", _request.Model.Name);
        var (plans, refused) = LayerPlans.Make(_scheme, encodings, _options, means, Roundings, _progress, _cancel);
        return refused.Count > 0 || _storage.HasKernels
            ? (plans, refused)
            : LayerPlans.Make(_scheme, encodings, _options, MeansOf(plans), Roundings, _progress, _cancel);
    }

    /// <summary>The graph of plans that were made already, without the integers of some nodes.</summary>
    private OnnxModel Without(IEnumerable<string> names, IReadOnlyList<PlannedLayer> plans, RangeChoice ranges)
    {
        var fewer = Scheme.Build(
            _prepared, _request.SymmetricActivations, _kept.Concat(names.Select(one => KeyValuePair.Create(one, ""))).ToDictionary(), _chains);
        return GraphRewriter.Rewrite(
            fewer, new TensorEncodings(fewer, new EncodingGroups(fewer), Observed, _options, _storage, ranges), plans, _storage);
    }

    private List<string> Tensors => [.. _groups.Observed(_scheme.Index)];

    private void Judge()
    {
        _scheme = Scheme.Build(_prepared, _request.SymmetricActivations, _kept, _chains);
        _groups = new EncodingGroups(_scheme);
    }

    private void RefuseNothingToDo()
    {
        if (_scheme.Layers.Any())
            return;
        var path = _scheme.Model.Path;
        var reasons = _scheme.Floats
            .Where(node => node.Node.OpType is "Conv" or "Gemm" or "MatMul" || _scheme.Inner.Of(node.Node) is not null)
            .Select(node => $"node {node.Node.DisplayName()} ({node.Node.OpType}): {node.Reason}")
            .Concat(_scheme.Integers.Where(node => node.Node.Is("MatMul"))
                .Select(node => $"node {node.Node.DisplayName()} (MatMul): its second factor is no constant matrix"))
            .ToList();
        var told = string.Join("; ", reasons.Take(3)) + (reasons.Count > 3 ? $"; and {reasons.Count - 3} more" : "");
        throw Diagnostics.NothingToQuantize.Fault(reasons.Count > 0
            ? $"{path}: nothing to quantize: {told}."
            : $"{path}: nothing to quantize: the model has no Conv, Gemm or MatMul with constant weights.",
            file: path);
    }
}
