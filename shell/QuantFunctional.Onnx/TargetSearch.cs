using System.Diagnostics;
using QuantFunctional.Onnx.Refinement;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Searches the network of fewest multiply-adds in float that meets a target.</summary>
internal sealed class TargetSearch
{
    private readonly QuantizationTarget _target;
    private readonly EvaluatedNetworks _networks;
    private readonly IProgress<QuantizeProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly List<TargetEvaluation> _evaluations = [];
    private readonly Dictionary<string, bool> _known = [];
    private SearchEnd _endedBy = SearchEnd.Itself;
    private long _samples;

    private TargetSearch(
        QuantizationTarget target, EvaluatedNetworks networks, IProgress<QuantizeProgress>? progress, CancellationToken cancel) =>
        (_target, _networks, _progress, _cancel) = (target, networks, progress, cancel);

    /// <summary>The best network that is found, and what was tried; the network as it is where there is no target.</summary>
    /// <exception cref="QuantException">The target cannot be measured, or the work folder cannot be written.</exception>
    internal static (PlannedNetwork Network, TargetReport? Report) Of(
        SearchedModel model, SampleSet? samples, SampleArrays? comparison, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        if (model.Request.Target is not { } target || samples is null)
            return (model.Refined.Network, null);
        using var phase = Telemetry.Begin("search", model.Request.Model.Name);
        var folder = model.Request.WorkFolder;
        using var measurement = new TargetMeasurement(target.Kind, model.Original, samples, comparison);
        var multiplyAdds = MultiplyAdds.Of(model.Refined.Network.Scheme, samples);
        var networks = new EvaluatedNetworks(model, measurement, new WorkFolder(folder), multiplyAdds);
        var search = new TargetSearch(target, networks, progress, cancel);
        // the costs of roundings are not measured where everything in integers is good enough
        if (search.IsMet([]) is false && search.IsGoingOn)
            new FloatSearch(networks.Order(samples, progress, cancel), networks.Costs, search.IsMet).Run();
        var chosen = search.Best();
        var report = new TargetReport(
            target.Kind, target.Value, search._evaluations[chosen].IsMet, search._endedBy, search._samples, multiplyAdds.Total,
            search._evaluations, chosen, networks.FromFiles, folder);
        return (networks.Planned(report.Result.InFloat)!, report);
    }

    /// <summary>Whether one more network may be evaluated; the first one always is.</summary>
    private bool IsGoingOn
    {
        get
        {
            if (_evaluations.Count >= _target.Evaluations)
                _endedBy = SearchEnd.Evaluations;
            else if (_evaluations.Count > 0 && Stopwatch.GetElapsedTime(_begun) >= _target.Budget)
                _endedBy = SearchEnd.Budget;
            return _endedBy == SearchEnd.Itself;
        }
    }

    /// <summary>Whether the network with some nodes in float meets the target; null where no more is evaluated.</summary>
    private bool? IsMet(IReadOnlyList<string> inFloat)
    {
        var name = string.Join('\n', inFloat.Order(StringComparer.Ordinal));
        if (_known.TryGetValue(name, out var isMet))
            return isMet;
        if (!IsGoingOn)
            return null;
        _cancel.ThrowIfCancellationRequested();
        var measured = _networks.Of(inFloat, _cancel);
        _samples = Math.Max(_samples, measured.Samples);
        var worst = _target.Kind == TargetKind.Drop ? double.PositiveInfinity : double.NegativeInfinity;
        var reached = measured.Failure is null ? measured.Reached ?? double.PositiveInfinity : worst;
        _evaluations.Add(new TargetEvaluation(
            inFloat, measured.IntegerMultiplyAdds, reached, measured.Failure is null && _target.IsMetBy(reached), measured.Failure));
        _progress?.Report(new QuantizeProgress(ProgressStage.Searching, _evaluations.Count, _target.Evaluations ?? 0));
        return _known[name] = _evaluations[^1].IsMet;
    }

    /// <summary>Of those that meet the target the one of most integers, else the nearest one; the first of equal ones.</summary>
    private int Best()
    {
        var best = 0;
        for (var i = 1; i < _evaluations.Count; i++)
        {
            if (IsBetter(_evaluations[i], _evaluations[best]))
                best = i;
        }

        return best;
    }

    private bool IsBetter(TargetEvaluation one, TargetEvaluation than)
    {
        if (one.Failure is not null || one.IsMet != than.IsMet)
            return one.Failure is null && one.IsMet;
        if (one.IsMet || one.Reached.Equals(than.Reached))
        {
            return one.IntegerMultiplyAdds > than.IntegerMultiplyAdds
                || (one.IntegerMultiplyAdds == than.IntegerMultiplyAdds && one.InFloat.Count < than.InFloat.Count);
        }

        return _target.IsBetter(one.Reached, than.Reached);
    }
}
