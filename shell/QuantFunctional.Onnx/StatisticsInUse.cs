using System.Globalization;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx;

/// <summary>Statistics in the place of a run of the samples: whether they are of this model and of these samples, and speak of its tensors.</summary>
internal sealed class StatisticsInUse
{
    private readonly CalibrationStatistics _statistics;
    private readonly List<ReportWarning> _warnings = [];
    private readonly bool _withSamples;
    private readonly bool _isOfPrepared;

    private StatisticsInUse(QuantizeRequest request, ReadyModel ready)
    {
        _statistics = request.Statistics!;
        _withSamples = request.Calibration is not null;
        _isOfPrepared = _statistics.Document.Prepared == ObservedModel.Digest(ready.Prepared);
        if (!_withSamples)
            _warnings.Add(NothingMeasured(request));
    }

    /// <summary>What a user should know of them.</summary>
    internal IReadOnlyList<ReportWarning> Warnings => _warnings;

    /// <summary>Whether they took the place of a run.</summary>
    internal bool AreUsed { get; private set; }

    /// <summary>Refuses early what cannot be done without samples.</summary>
    /// <exception cref="QuantException">There is nothing to calibrate with, or an option needs samples.</exception>
    internal static void CheckRequest(QuantizeRequest request)
    {
        if (request.Calibration is not null)
            return;
        if (request.Statistics is null && request.Recipe is null)
        {
            throw Diagnostics.NoCalibration.Fault(
                $"{request.Model}: nothing to calibrate with: give samples with --calibration, statistics of them with --statistics, or a recipe with --recipe.",
                file: request.Model.Name);
        }

        if ((request.RequiredSqnrDb ?? request.RequiredAgreement) is not null)
        {
            var option = request.RequiredSqnrDb is null ? "--require-agreement" : "--require-sqnr";
            throw Diagnostics.OptionNeedsAnother.Fault(
                $"{option} needs --calibration: it is measured on samples, and {(request.Recipe is null ? "statistics hold" : "a recipe holds")} none.");
        }
    }

    /// <summary>How ranges are chosen: where nothing can be measured, by least squares in the place of by measurement.</summary>
    internal static RangeMethod Ranges(QuantizeRequest request) =>
        request.Calibration is null && request.RangesOrDefault.IsAuto && request.Precision.OutputType == ScalarType.Int8
            ? RangeMethod.LeastSquares
            : request.RangesOrDefault;

    /// <summary>The statistics of a request, once they are known to be of its model and samples; null where it has none.</summary>
    /// <exception cref="QuantException">They are of another model or of other samples, or some shards are missing.</exception>
    internal static StatisticsInUse? Find(
        QuantizeRequest request, OnnxModel model, ReadyModel ready, SampleSet? samples,
        IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        if (request.Statistics is not { } statistics)
            return null;
        if (statistics.ModelSha256 != ModelDigest.Of(model))
        {
            throw Diagnostics.StatisticsOfOtherModel.Fault(
                $"{statistics.Name}: model: these are not the statistics of {request.Model}, whose tensors or operators are others; observe "
                + "the samples again with quantfn calibrate and this model.",
                file: statistics.Name);
        }

        if (!statistics.IsComplete)
        {
            throw Diagnostics.StatisticsIncomplete.Fault(
                $"{statistics.Name}: shards: {StatisticsMerge.Missing(statistics.Shards)} of the samples "
                + "are missing; give the statistics of all shards.",
                file: statistics.Name);
        }

        var skipped = request.SkipSamples.Distinct().Order();
        if ((samples is not null || request.SkipSamples.Count > 0) && !skipped.SequenceEqual(statistics.Document.Data.Skipped))
        {
            throw Diagnostics.StatisticsOfOtherData.Fault(
                $"{statistics.Name}: data.skipped: other samples were left out when they were observed; give --skip-sample "
                + "the same indices as then.",
                file: statistics.Name);
        }

        if (samples is not null)
            RefuseOthers(statistics, samples, ready.Prepared, progress, cancel);
        return new StatisticsInUse(request, ready);
    }

    /// <summary>What they say; null where the samples beside them have to be observed again.</summary>
    /// <param name="tensors">The tensors that are asked for.</param>
    /// <param name="layers">The layers whose inputs are asked for.</param>
    /// <exception cref="QuantException">They lack something, and no samples are beside them.</exception>
    internal ObservedJson? Of(IReadOnlyCollection<string> tensors, IReadOnlyCollection<string> layers)
    {
        var seen = _statistics.Document.Observed;
        var (known, knownLayers) = (seen.Tensors.Select(tensor => tensor.Name).ToHashSet(), seen.LayerInputs.Select(layer => layer.Output).ToHashSet());
        var lacking = _isOfPrepared ? tensors.Except(known).Concat(layers.Except(knownLayers)).Order(StringComparer.Ordinal).FirstOrDefault() : "";
        // the same bytes as from the samples alone take the very same run: other outputs, and ONNX Runtime may compute otherwise
        var isSame = lacking is null && known.Count == tensors.Count && knownLayers.Count == layers.Count;
        AreUsed = _withSamples ? isSame : lacking is null;
        if (AreUsed)
        {
            WarnOfProcessors();
            return seen;
        }

        if (!_withSamples)
        {
            throw Diagnostics.StatisticsLackTensor.Fault(
                $"{_statistics.Name}: {(lacking is { Length: > 0 } ? $"tensor `{lacking}` was not observed" : "another form of the model was observed")}: "
                + $"the statistics are of quantfn calibrate {Options}; calibrate again with the options of this quantization, or give the samples with --calibration.",
                file: _statistics.Name, node: lacking is { Length: > 0 } ? lacking : null);
        }

        _warnings.Add(Diagnostics.StatisticsNotUsed.Warn(
            $"the statistics are of quantfn calibrate {Options}, which observes other tensors than this quantization needs, so that the samples "
            + "beside them were observed again"));
        return null;
    }

    private string Options => _statistics.Document.Options is { Count: > 0 } options ? string.Join(' ', options) : "without options";

    private void WarnOfProcessors()
    {
        var processors = _statistics.Processors;
        if (processors.Count > 1)
        {
            _warnings.Add(Diagnostics.StatisticsOfSeveralProcessors.Warn(
                $"the statistics come from processors of {processors.Count} kinds ({string.Join("; ", processors)}), whose float kernels differ in "
                + "the last bits: a run on one of them alone would give slightly other numbers"));
        }
        else if (_withSamples && processors[0] != ObservedModel.Processor)
        {
            _warnings.Add(Diagnostics.StatisticsOfSeveralProcessors.Warn(
                $"the statistics come from a processor of another kind ({processors[0]}) than this one ({ObservedModel.Processor}), whose float "
                + "kernels differ in the last bits: the samples alone would give slightly other numbers here"));
        }
    }

    private static void RefuseOthers(
        CalibrationStatistics statistics, SampleSet samples, OnnxModel model, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        using var source = samples.Open(model);
        if (StatisticsMerge.Differing(statistics.Document.Data, ObservedModel.Data(source)) is { } differing)
            throw OfOtherData($"data: they are not of the samples of {source.Name} ({differing})");
        source.BeginDigest();
        var steps = new ProgressSteps(progress, ProgressStage.Reading, source.Count);
        while (source.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            steps.Report(source.Taken);
        }

        if (source.DigestSum != statistics.Document.Observed.Digest)
            throw OfOtherData($"observed.digest: they are not of the samples of {source.Name}, whose values or order are others");

        QuantException OfOtherData(string problem) => Diagnostics.StatisticsOfOtherData.Fault(
            $"{statistics.Name}: {problem}; give the samples that were observed, or observe these with quantfn calibrate.", file: statistics.Name);
    }

    private static ReportWarning NothingMeasured(QuantizeRequest request)
    {
        List<string> left = [];
        if (request.Precision.OutputType == ScalarType.Int8 && request.Preset != QuantizationPreset.Fast)
        {
            if (request.RangesOrDefault.IsAuto)
                left.Add("ranges are those of least squares (mse) instead of the ones of least measured error");
            left.Add("channels keep their order and are not equalized");
            left.Add("no bias is corrected");
        }

        if (request.Check)
            left.Add("the result was not compared with the float model");
        var told = left.Count == 0 ? "" : $": {string.Join(", ", left)}";
        return Diagnostics.NothingMeasured.Warn(string.Create(CultureInfo.InvariantCulture, $"made of statistics alone, without samples{told}"));
    }
}
