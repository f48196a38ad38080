using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Samples;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>Takes the statistics of a float model on samples, or on a shard of them, of which a quantization can be made later.</summary>
public static class ModelCalibrator
{
    /// <summary>Runs the float model on the samples once, and keeps what a quantization needs of them.</summary>
    /// <param name="request">What to observe, on which samples.</param>
    /// <param name="progress">Told how many samples have run.</param>
    /// <param name="cancellationToken">Stops the work; nothing is written then.</param>
    /// <exception cref="QuantException">The model, the data or an option is wrong, or the work failed; nothing was written then.</exception>
    public static Task<CalibrationStatistics> CalibrateAsync(
        CalibrateRequest request, IProgress<QuantizeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SampleArrays.UsedAsync(request.Data, samples => Calibrate(request, samples, progress, cancellationToken), cancellationToken);
    }

    private static CalibrationStatistics Calibrate(
        CalibrateRequest request, SampleArrays arrays, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        using var phase = Telemetry.Begin("calibrate", request.Model.Name);
        if (!request.Shard.IsOne)
        {
            throw Diagnostics.OptionValueWrong.Fault(
                $"--shard {request.Shard}: there is no such part; give K/N with K from 1 to N, such as 1/4.");
        }

        new Destinations(request.OutputPath, Plan: null, request.Overwrite, [request.Model.Path, request.Data.Path]).Check();
        var wanted = new QuantizeRequest
        {
            Model = request.Model,
            SymmetricActivations = request.SymmetricActivations,
            KeepTransposed = request.KeepTransposed,
            Exclude = request.Exclude,
            ExcludeTypes = request.ExcludeTypes,
        };
        var loaded = OnnxModel.Load(request.Model);
        var ready = ReadyModel.Of(Exclusions.Named(loaded), wanted);
        var samples = new SampleSet(arrays, request.SkipSamples.ToHashSet(), request.Shard);
        var planner = new NetworkPlanner(wanted, PlanChoice.Of(wanted), ready, samples, statistics: null, progress, cancel);
        var statistics = new CalibrationStatistics(
            new StatisticsJson
            {
                Format = StatisticsJson.FormatName,
                Version = StatisticsJson.CurrentVersion,
                Model = ModelDigest.Of(loaded),
                Prepared = ObservedModel.Digest(ready.Prepared),
                OnnxRuntime = ObservedModel.OnnxRuntime,
                Processors = [ObservedModel.Processor],
                Options = Options(request),
                Data = Data(samples, ready.Prepared),
                Shards = [new ShardJson(request.Shard.Index, request.Shard.Count)],
                Observed = planner.Run(samples),
            },
            request.OutputPath ?? "statistics in memory")
        {
            Warnings = arrays.Warnings,
        };
        cancel.ThrowIfCancellationRequested();
        if (request.OutputPath is { } path)
            statistics.Save(path, request.Overwrite);
        return statistics;
    }

    private static StatisticsDataJson Data(SampleSet samples, OnnxModel model)
    {
        using var source = samples.Open(model);
        return ObservedModel.Data(source);
    }

    private static List<string> Options(CalibrateRequest request) =>
    [
        .. request.Exclude.Distinct().Order(StringComparer.Ordinal).Select(node => $"--exclude {node}"),
        .. request.ExcludeTypes.Distinct().Order(StringComparer.Ordinal).Select(type => $"--exclude-type {type}"),
        .. request.KeepTransposed ? ["--keep-transposed"] : (string[])[],
        .. request.SymmetricActivations ? ["--symmetric-activations"] : (string[])[],
    ];
}
