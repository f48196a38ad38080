using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Measures what each rounding of a planned network costs alone, on held-back samples.</summary>
/// <remarks>
/// It runs the float model with a switch for each rounding, so that one session serves all. What is lost is the difference from the
/// same session with every switch off.
/// </remarks>
internal sealed class RoundingCosts : IDisposable
{
    // such a run takes three times as long as one of the calibration; a network of a hundred layers is measured on 5 samples
    private const long MostRuns = 1_000;
    private const long FewestSamples = 4;

    private readonly RoundedGraph _graph;
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<string> _outputs;
    private readonly RunOptions _options = new();
    private readonly OrtValue _on = OrtValue.CreateTensorValueFromMemory(new[] { true }, []);
    private readonly OrtValue _off = OrtValue.CreateTensorValueFromMemory(new[] { false }, []);

    private RoundingCosts(RoundedGraph graph)
    {
        _graph = graph;
        _session = OrtSessions.OpenRounding(graph.Model);
        _outputs = FloatOutputs.RealOutputs(_session);
    }

    /// <summary>The budget; null where no output holds real numbers.</summary>
    internal static ErrorBudget? Of(
        PlannedNetwork network, SampleSet samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        using var costs = new RoundingCosts(new RoundedGraph(network));
        return costs._outputs.Count == 0 ? null : costs.Measure(network, samples, progress, cancel);
    }

    /// <summary>Closes the session.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _on.Dispose();
        _off.Dispose();
    }

    private ErrorBudget Measure(PlannedNetwork network, SampleSet samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var roundings = Rounding.All(_graph, network);
        var all = Enumerable.Range(0, _graph.Tensors.Count);
        IReadOnlyList<int>[] wholes =
        [
            [.. all],
            [.. all.Where(i => _graph.Tensors[i].WeightsOf is null)],
            [.. all.Where(i => _graph.Tensors[i].WeightsOf is not null)],
        ];
        HashSet<int>[] candidates = [.. wholes.Concat(roundings.Select(one => one.Switches)).Select(switches => switches.ToHashSet())];
        var sums = Array.ConvertAll(candidates, _ => new double[_outputs.Count]);
        var signal = new double[_outputs.Count];
        var used = 0L;
        using var source = samples.Open(network.Scheme.Model);
        var runs = Math.Min(source.HeldBackRuns(), Math.Max(FewestSamples, MostRuns / candidates.Length));
        var steps = new ProgressSteps(progress, ProgressStage.MeasuringRoundings, runs * candidates.Length);
        for (var run = 0L; source.MoveNextHeldBack(runs); run++)
        {
            used += source.Filled;
            var real = Run(source, [], cancel);
            for (var output = 0; output < signal.Length; output++)
                signal[output] += real[output].Where(double.IsFinite).Sum(value => value * value);
            for (var i = 0; i < candidates.Length; i++)
            {
                var rounded = Run(source, candidates[i], cancel);
                for (var output = 0; output < signal.Length; output++)
                    sums[i][output] += MeasuredNetwork.Squared(rounded[output], real[output]);
                steps.Report((run * candidates.Length) + i + 1);
            }
        }

        var losses = sums.Select(squared => new SummedLoss(_outputs, squared, signal)).ToList();
        return new ErrorBudget(
            used,
            HeldBack(source),
            losses[0].Measured,
            losses[1].Measured,
            losses[2].Measured,
            [
                .. roundings.Zip(losses.Skip(wholes.Length))
                    .OrderByDescending(one => one.Second.Share)
                    .Select(one => one.First.With(one.Second.Measured)),
            ]);
    }

    private static long HeldBack(SampleSource source) => Math.Min(source.Count, source.HeldBackRuns() * source.Batch);

    private double[][] Run(SampleSource sample, HashSet<int> rounded, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var results = _session.Run(
            _options,
            [.. sample.Inputs.Select(input => input.Name), .. _graph.Tensors.Select(tensor => tensor.Switch)],
            [.. sample.Inputs.Select(input => input.Tensor), .. _graph.Tensors.Select((_, i) => rounded.Contains(i) ? _on : _off)],
            _outputs);
        return [.. results.Select(result => OutputValues.Read(result).Values)];
    }
}
