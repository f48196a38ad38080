using Microsoft.Extensions.Logging;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Reporting;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.WeightQuantization;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Turns a float ONNX model into one of integers.</summary>
public static class OnnxQuantizer
{
    /// <summary>Quantizes a model: folds it, observes its tensors, plans its layers, writes and checks the result.</summary>
    /// <param name="request">What to quantize, with which data, and how.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <exception cref="QuantException">
    /// The model, the data or an option is wrong, or the work failed; nothing was written then.
    /// </exception>
    public static Task<QuantizationReport> QuantizeAsync(
        QuantizeRequest request,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SampleArrays.UsedAsync(
            request.Calibration,
            request.Comparison,
            (calibration, comparison) => Observed(
                request.Model, request.Logger, log => Quantize(request, calibration!, comparison, log, progress, cancellationToken)),
            cancellationToken);
    }

    /// <summary>
    /// Makes the weights of a model's products integers, in the form that ONNX Runtime runs as MatMulNBits; no data is
    /// needed, and activations stay real numbers.
    /// </summary>
    /// <param name="request">What to quantize, and how.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <exception cref="QuantException">
    /// The model or an option is wrong, or the work failed; nothing was written then.
    /// </exception>
    public static Task<QuantizationReport> QuantizeWeightsAsync(
        QuantizeWeightsRequest request,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SampleArrays.UsedAsync(
            request.Calibration,
            request.Comparison,
            (calibration, comparison) => Observed(
                request.Model,
                request.Logger,
                log => WeightsQuantizer.Quantize(request, calibration, comparison, log, progress, cancellationToken)),
            cancellationToken);
    }

    /// <summary>Shows what is in a model and what of it would be quantized; no data is needed.</summary>
    /// <param name="model">The path of an ONNX file, or the model in memory.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="QuantException">The file is not a model that can be quantized.</exception>
    public static Task<ModelInspection> InspectAsync(ModelSource model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Task.Run(() => Inspector.Inspect(model), cancellationToken);
    }

    private static QuantizationReport Observed(
        ModelSource model, ILogger? logger, Func<QuantizationLog, QuantizationReport> quantize)
    {
        using var phase = Telemetry.Begin("quantize", model.Name);
        var log = new QuantizationLog(logger);
        var report = quantize(log);
        log.Finished(report);
        Telemetry.Count(report);
        return report;
    }

    private static QuantizationReport Quantize(
        QuantizeRequest request,
        SampleArrays calibration,
        SampleArrays? comparison,
        QuantizationLog log,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var options = PlanChoice.Of(request);
        CheckFindings.CheckRequirements(request);
        var samples = new SampleSet(calibration, request.SkipSamples.ToHashSet());
        var destinations = new Destinations(
            request.ResultPath, request.PlanPath, request.Overwrite,
            [request.Model.Path, calibration.Path, comparison?.Path])
        { ExternalData = request.ExternalData };
        destinations.Check();
        var name = request.Model.Name;
        var loaded = In("load", () => OnnxModel.Load(request.Model));
        destinations = destinations with { Inputs = [.. destinations.Inputs, .. loaded.DataFiles] };
        var bytesBefore = ModelSize.Of(request.Model, loaded);
        log.Read(name, loaded.Graph.Node.Count, loaded.Opset);
        var original = Exclusions.Named(loaded);
        var (prepared, kept, transposed) = In("prepare", () => ReadyModel.Of(original, request));
        var scheme = Scheme.Build(prepared, request.SymmetricActivations, kept);
        RefuseNothingToDo(scheme);
        if (comparison is not null)
            ModelComparer.CheckData(original, comparison);

        var groups = new EncodingGroups(scheme);
        var observed = In("calibrate", () => Observe(samples, scheme, groups, progress, cancel));
        log.Calibrated(name, observed.Samples, observed.Ranges.Count);
        var storage = ActivationStorage.For(request.Precision, prepared.Opset);
        var apart = KeptApart.InFloat(scheme, observed, storage);
        foreach (var (node, reason) in apart)
            kept.TryAdd(node, reason);
        if (apart.Count > 0)
            Judge();
        if (JoinEqualization.Of(scheme, observed) is { } equalized)
        {
            (prepared, observed) = equalized;
            Judge();
        }

        // a layer or join that cannot be planned stays in float, which changes what its neighbours can do: so judge again
        while (true)
        {
            var encodings = new TensorEncodings(scheme, groups, observed, options, storage);
            var refused = storage.HasKernels ? Amplifiers.InFloat(scheme, encodings) : new Dictionary<string, string>();
            (IReadOnlyList<PlannedJoin> joins, IReadOnlyList<PlannedLayer> plans) = ([], []);
            if (refused.Count == 0)
                (joins, refused) = JoinPlans.Make(scheme, encodings, options, storage);
            if (refused.Count == 0)
                (plans, refused) = In("plan", () => LayerPlans.Make(scheme, encodings, options, BiasMeans.None, progress, cancel));
            if (refused.Count == 0 && !storage.HasKernels)
                (plans, refused) = Corrected(samples, scheme, encodings, options, plans, progress, cancel);
            var quantized = refused.Count == 0 ? GraphRewriter.Rewrite(scheme, encodings, plans, storage, request.For) : null;
            if (quantized is not null)
                refused = RuntimeRefusal.Culprit(quantized, scheme, names => Without(names, plans));
            if (quantized is not null && refused.Count == 0)
            {
                var (operators, unfused) = FusedGraph.Of(quantized);
                var plan = PlanDocuments.Of(request.Model.Name, scheme, encodings, plans, joins, options);
                var check = In("check", () => CheckedResult.Of(
                    request, samples, original, quantized, scheme, () => RoundedGraph.Of(scheme, encodings, plans, storage), progress, cancel));
                var compared = comparison is null
                    ? null
                    : In("compare", () => ModelComparer.Compare(
                        original, quantized, comparison, labelsArray: null, withEngine: false, profile: null, progress, cancel));
                var inFloat = storage.HasKernels ? unfused : 0;
                var holds = WhereIntegersHold.Sentence(quantized, options.Profile, notLookedAt: 0, inFloat);
                var findings = new CalibrationFindings(observed, scheme, encodings);
                List<ReportWarning> calibrationWarnings =
                [
                    .. calibration.Warnings,
                    .. findings.Warnings(() => request.Check && PixelScale.AnswersAlike(original, samples, cancel)),
                ];
                cancel.ThrowIfCancellationRequested();
                var written = In("write", () => destinations.Write(quantized, plan));
                return Reports.Of(
                    request, WideFloats.Of(original), scheme, transposed, plans, joins, operators, inFloat, bytesBefore, written, plan, holds,
                    Releases.Of(quantized, operators), findings.Report, calibrationWarnings, check, compared);
            }

            foreach (var (node, reason) in refused)
                kept[node] = reason;
            Judge();
            if (!scheme.Layers.Any())
            {
                throw Diagnostics.NothingPlanned.Fault(
                    $"{request.Model}: no layer can be planned; {refused.First().Value}",
                    file: request.Model.Name, node: refused.First().Key);
            }
        }

        T In<T>(string phase, Func<T> work)
        {
            using var going = Telemetry.Begin(phase, name);
            return work();
        }

        // the graph of plans that were made already, without the integers of some nodes
        OnnxModel Without(IEnumerable<string> names, IReadOnlyList<PlannedLayer> plans)
        {
            var fewer = Scheme.Build(
                prepared, request.SymmetricActivations, kept.Concat(names.Select(one => KeyValuePair.Create(one, ""))).ToDictionary());
            return GraphRewriter.Rewrite(
                fewer, new TensorEncodings(fewer, new EncodingGroups(fewer), observed, options, storage), plans, storage);
        }

        void Judge()
        {
            scheme = Scheme.Build(prepared, request.SymmetricActivations, kept);
            groups = new EncodingGroups(scheme);
        }
    }

    private static Observations Observe(
        SampleSet samples,
        Scheme scheme,
        EncodingGroups groups,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var tensors = groups.Observed(scheme.Index).ToList();
        using var source = samples.Open(scheme.Model);
        return Calibrator.Observe(scheme.Model, tensors, source, progress, cancel);
    }

    /// <summary>
    /// The plans with corrected biases: with 16-bit activations the rounding of the weights is nearly all that is lost, and
    /// its mean can be taken out.
    /// </summary>
    private static (IReadOnlyList<PlannedLayer> Plans, IReadOnlyDictionary<string, string> Refused) Corrected(
        SampleSet samples,
        Scheme scheme,
        TensorEncodings encodings,
        PlanOptions options,
        IReadOnlyList<PlannedLayer> plans,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        using var source = samples.Open(scheme.Model);
        var means = BiasMeans.Observe(scheme.Model, plans, source, progress, cancel);
        return LayerPlans.Make(scheme, encodings, options, means, progress, cancel);
    }

    private static void RefuseNothingToDo(Scheme scheme)
    {
        if (scheme.Layers.Any())
            return;
        var reasons = scheme.Floats
            .Where(node => node.Node.OpType is "Conv" or "Gemm" or "MatMul" || scheme.Inner.Of(node.Node) is not null)
            .Select(node => $"node {node.Node.DisplayName()} ({node.Node.OpType}): {node.Reason}")
            .Concat(scheme.Integers.Where(node => node.Node.Is("MatMul"))
                .Select(node => $"node {node.Node.DisplayName()} (MatMul): its second factor is no constant matrix"))
            .ToList();
        var told = string.Join("; ", reasons.Take(3)) + (reasons.Count > 3 ? $"; and {reasons.Count - 3} more" : "");
        throw Diagnostics.NothingToQuantize.Fault(reasons.Count > 0
            ? $"{scheme.Model.Path}: nothing to quantize: {told}."
            : $"{scheme.Model.Path}: nothing to quantize: the model has no Conv, Gemm or MatMul with constant weights.",
            file: scheme.Model.Path);
    }
}
