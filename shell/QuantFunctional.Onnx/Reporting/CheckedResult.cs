using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>What a quantization finds when it runs its own result.</summary>
/// <param name="Report">The figures; null where nothing was compared.</param>
/// <param name="Warnings">What a user should know of them.</param>
internal sealed record CheckedResult(ComparisonReport? Report, IReadOnlyList<ReportWarning> Warnings)
{
    // the fewest runs in which the worst of a hundred tensors is found
    private const int FewestRuns = 24;

    // what helps the worst outputs mostly helps the others too
    private const int MostOutputs = 3;

    /// <summary>Runs the check that a request asks for.</summary>
    /// <exception cref="QuantException">The result does not run, or is not what the request requires.</exception>
    internal static CheckedResult Of(
        QuantizeRequest request,
        SampleSet? samples,
        OnnxModel original,
        OnnxModel quantized,
        Scheme scheme,
        Func<RoundedGraph> rounded,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        if (!request.Check || samples is null)
            return new CheckedResult(null, []);
        var check = SelfCheck.Run(original, quantized, samples, progress, cancel);
        CheckFindings.Require(request, check.Report, check.NotChecked);
        if (check.Report is not { } report)
            return new CheckedResult(null, [Diagnostics.NotChecked.Warn($"the result was not checked: {check.NotChecked}")]);
        var all = CheckFindings.Low(report).ToList();
        var far = CheckFindings.Far(report).ToList();
        if (all.Count == 0)
            return new CheckedResult(report, far);

        var low = all.Take(MostOutputs).ToList();
        // such a run takes three times as long as one of the calibration, and all of them may take twice as long as that
        var runs = (int)Math.Clamp(2 * check.Available / 3 / low.Count, FewestRuns, int.MaxValue);
        var warnings = new List<ReportWarning>();
        var search = new Lazy<LossSearch>(() => new LossSearch(rounded()));
        try
        {
            foreach (var (output, part) in low)
            {
                progress?.Report(new QuantizeProgress(ProgressStage.FindingTheLoss, warnings.Count, low.Count));
                warnings.Add(CheckFindings.Warning(output, part, report.Samples, Lost(part)));
            }
        }
        finally
        {
            if (search.IsValueCreated)
                search.Value.Dispose();
        }

        if (all.Count > low.Count)
            warnings.Add(CheckFindings.Others([.. all.Skip(low.Count).Select(found => found.Output)]));
        return new CheckedResult(report, [.. warnings, .. far]);

        // the result stands, and is warned of, also where nothing can be said of its parts
        string Lost(LossyPart part)
        {
            try
            {
                var worst = search.Value.Worst(part, scheme.Model, samples, runs, cancel);
                return LossWords.Text(worst, scheme, original);
            }
            catch (Exception fault) when (fault is QuantException or OnnxRuntimeException)
            {
                return $"which tensors lose most could not be found ({fault.Message})";
            }
        }
    }
}
