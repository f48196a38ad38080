using Microsoft.Extensions.Logging;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Refinement;
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
                request.Model, request.Logger, log => Quantize(request, calibration, comparison, log, progress, cancellationToken)),
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
                log => QuantizedFolder.Quantize(request, calibration, comparison, log, progress, cancellationToken)),
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

    /// <summary>
    /// Measures what each rounding of a model costs alone, on held-back samples of the calibration: the model is planned as
    /// <see cref="QuantizeAsync"/> would, and nothing is written.
    /// </summary>
    /// <param name="request">What to plan, with which data, and how; what it says of files, checks and comparisons is left aside.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="QuantException">
    /// The model, the data or an option is wrong, or the model has no output of real numbers.
    /// </exception>
    public static Task<ErrorBudget> MeasureSensitivityAsync(
        QuantizeRequest request,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var alone = request with
        {
            IsMeasuredAlone = true,
            ExternalData = false,
            PlanPath = null,
            RecipePath = null,
            Report = null,
            Comparison = null,
            Target = null,
            Check = false,
            RequiredSqnrDb = null,
            RequiredAgreement = null,
        };
        return BudgetAsync(alone, progress, cancellationToken);
    }

    private static async Task<ErrorBudget> BudgetAsync(
        QuantizeRequest request, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var report = await QuantizeAsync(request, progress, cancel).ConfigureAwait(false);
        if (report.Budget is not { } budget)
        {
            throw Diagnostics.NoRealOutput.Fault(
                $"{request.Model.Name}: no output holds real numbers, so that no error can be measured; measure a model that ends before them.",
                file: request.Model.Name);
        }

        return budget with { Warnings = [.. report.Warnings.Where(warning => warning.Code == Diagnostics.InputsMade.Code)] };
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
        SampleArrays? calibration,
        SampleArrays? comparison,
        QuantizationLog log,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        request = RecipeInUse.Options(request);
        var options = PlanChoice.Of(request);
        CheckFindings.CheckRequirements(request);
        StatisticsInUse.CheckRequest(request);
        TargetChecks.Check(request);
        var samples = calibration is null ? null : new SampleSet(calibration, request.SkipSamples.ToHashSet());
        var destinations = new Destinations(
            request.ResultPath, request.PlanPath, request.Overwrite,
            [request.Model.Path, calibration?.Path, comparison?.Path, .. request.Statistics?.Files.Select(file => file.Value) ?? [], .. request.Recipe?.Files ?? []])
        { Recipe = request.RecipePath, ExternalData = request.ExternalData, Report = request.Report };
        destinations.Check();
        var name = request.Model.Name;
        var loaded = In("load", () => OnnxModel.Load(request.Model));
        destinations = destinations with { Inputs = [.. destinations.Inputs, .. loaded.DataFiles] };
        var bytesBefore = ModelSize.Of(request.Model, loaded);
        log.Read(name, loaded.Graph.Node.Count, loaded.Opset);
        RecipeInUse.RequireModel(request, loaded);
        var original = Exclusions.Named(loaded);
        var ready = In("prepare", () => ReadyModel.Of(original, request));
        var statistics = StatisticsInUse.Find(request, loaded, ready, samples, progress, cancel);
        var planner = new NetworkPlanner(request, options, ready, samples, statistics, progress, cancel);
        if (comparison is not null)
            ModelComparer.CheckData(original, comparison);
        TargetChecks.CheckLabels(request, original, comparison);

        var (network, choices, target) = request.Recipe is { } recipe ? new ChosenNetwork(RecipeInUse.Planned(recipe, planner)) : Searched();
        var budget = samples is null || (request.Report is null && !request.IsMeasuredAlone)
            ? null
            : In("budget", () => RoundingCosts.Of(network, samples, progress, cancel));
        var (scheme, encodings, joins, plans, storage, quantized) = network;
        var (operators, unfused) = FusedGraph.Of(quantized);
        var plan = PlanDocuments.Of(name, scheme, encodings, plans, joins, options);
        var check = In("check", () => CheckedResult.Of(
            request, samples, original, quantized, scheme, () => new RoundedGraph(network), progress, cancel));
        var compared = comparison is null
            ? null
            : In("compare", () => ModelComparer.Compare(
                original, quantized, comparison, labelsArray: null, withEngine: false, profile: null, progress, cancel));
        var inFloat = storage.HasKernels ? unfused : 0;
        var holds = WhereIntegersHold.Sentence(quantized, options.Profile, notLookedAt: 0, inFloat);
        var findings = request.Recipe is null ? new CalibrationFindings(planner.Observed, scheme, encodings) : null;
        List<ReportWarning> calibrationWarnings =
        [
            .. calibration?.Warnings ?? [],
            .. statistics?.Warnings ?? [],
            .. findings?.Warnings(() => request.Check && samples is not null && PixelScale.AnswersAlike(original, samples, cancel)) ?? [],
            .. RecipeInUse.Warnings(request, quantized),
        ];
        cancel.ThrowIfCancellationRequested();
        var pictures = new ReportPictures(network, planner.Observed);
        var recipeFiles = request.RecipePath is { } path ? SavedRecipe.Files(path, request, options, loaded, planner, network) : [];
        return Told(In("write", () => destinations.Write(
            quantized, plan, facts: file => pictures.Of(request, options, Told(file)), recipe: recipeFiles)));

        QuantizationReport Told(WrittenModelFile written) => Reports.Of(
            request, WideFloats.Of(original), scheme, ready.Transposed, plans, joins, operators, inFloat, bytesBefore, written, plan, holds,
            Releases.Of(quantized, operators), findings is null ? null : findings.Report with { FromStatistics = statistics?.AreUsed ?? false }, calibrationWarnings, check, compared)
            with
        {
            Choices = choices,
            Budget = budget,
            Target = target,
            RecipePath = request.RecipePath,
            Followed = request.Recipe is { } used ? new FollowedRecipe(used.Name, used.Tool, used.SampleCount, used.DataSha256) : null,
        };

        ChosenNetwork Searched()
        {
            var observed = In("calibrate", planner.Observe);
            log.Calibrated(name, observed.Samples, observed.Ranges.Count);
            var ranges = StatisticsInUse.Ranges(request);
            var refined = NetworkRefinement.Of(
                planner, planner.Plan(RangeChoice.Of(ranges), BiasMeans.None), request, samples, progress, cancel);
            var (best, report) = TargetSearch.Of(
                new SearchedModel(request, loaded, original, planner, refined), samples, comparison, progress, cancel);
            return new ChosenNetwork(best, refined.ChoicesOf(best.Layers), report);
        }

        T In<T>(string phase, Func<T> work)
        {
            using var going = Telemetry.Begin(phase, name);
            return work();
        }
    }
}
