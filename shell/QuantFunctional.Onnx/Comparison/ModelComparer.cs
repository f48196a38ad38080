using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx;

/// <summary>Compares a quantized model with the float model that it was made from.</summary>
public static class ModelComparer
{
    /// <summary>Runs both models on the same samples, one by one, and tells how far their outputs are apart.</summary>
    /// <param name="floatModel">The float model: its path, or the model in memory.</param>
    /// <param name="quantizedModel">The quantized model: inputs and outputs as the float model's.</param>
    /// <param name="data">
    /// Samples: the path of a .npz, a .npy or a folder of such files, in which the first axis counts samples; or samples from
    /// memory.
    /// </param>
    /// <param name="labelsArray">
    /// The array of class labels, integers counted from 0, one for each sample. Null: <c>labels</c> where there is one.
    /// </param>
    /// <param name="withEngine">
    /// Whether to run the quantized model also with this library's own integer execution and count what differs from ONNX
    /// Runtime, element by element.
    /// </param>
    /// <param name="profile">
    /// The target whose arithmetic that execution takes, which may be that of another processor; null for the processor at
    /// hand.
    /// </param>
    /// <param name="onProcessors">
    /// Whether to run the quantized model, instead of with ONNX Runtime, with this library's own integers as every kind of
    /// processor computes them.
    /// </param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancellationToken">Asked before each sample.</param>
    /// <exception cref="QuantException">
    /// A file is missing or damaged; the models' inputs or outputs differ; the data fits neither; the array of labels
    /// is missing or does not fit; or a model fails on a sample.
    /// </exception>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public static Task<ComparisonReport> CompareAsync(
        ModelSource floatModel,
        ModelSource quantizedModel,
        SampleData data,
        string? labelsArray = null,
        bool withEngine = false,
        BackendProfile? profile = null,
        bool onProcessors = false,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(floatModel);
        ArgumentNullException.ThrowIfNull(quantizedModel);
        ArgumentNullException.ThrowIfNull(data);
        if (withEngine && onProcessors)
        {
            throw new ArgumentException(
                "The engine is compared with ONNX Runtime, which does not run for all processors.", nameof(onProcessors));
        }

        return SampleArrays.UsedAsync(
            data,
            samples => onProcessors
                ? CompareProcessors(
                    OnnxModel.Load(floatModel), OnnxModel.Load(quantizedModel), samples, labelsArray, progress, cancellationToken)
                : Compare(
                    OnnxModel.Load(floatModel),
                    OnnxModel.Load(quantizedModel),
                    samples,
                    labelsArray,
                    withEngine,
                    profile,
                    progress,
                    cancellationToken),
            cancellationToken);
    }

    /// <summary>Refuses early what samples alone tell: there are none, or they do not fit the model.</summary>
    internal static void CheckData(OnnxModel model, SampleArrays data)
    {
        using var samples = SampleSource.Open(data, model);
        ClassLabels.Read(data, model, null, samples.Count);
    }

    internal static ComparisonReport Compare(
        OnnxModel floatModel,
        OnnxModel quantizedModel,
        SampleArrays data,
        string? labelsArray,
        bool withEngine,
        BackendProfile? profile,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        using var models = ComparedModels.Open(floatModel, quantizedModel);
        var (floats, quantized) = (models.Floats, models.Quantized);
        Signature.Check(floats.Model, floats.Session, quantized.Model, quantized.Session);
        ClassLabels.CheckName(data, floats.Model, labelsArray);
        using var samples = SampleSource.Open(data, floats.Model, ClassLabels.Name(labelsArray));
        var labels = ClassLabels.Read(data, floats.Model, labelsArray, samples.Count);
        var sums = new ComparisonSums(floats.Session.OutputNames, floats.Whole, labels);
        using var engine = withEngine
            ? new EngineComparer(quantizedModel, profile, new ComparisonSums(floats.Session.OutputNames, floats.Whole, labels))
            : null;
        var inputs = new InputRanges(quantizedModel);
        var steps = new ProgressSteps(progress, ProgressStage.Comparing, samples.Count);
        samples.BeginDigest();
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            inputs.Add(samples);
            var real = floats.Run(samples, sums.Outputs);
            sums.Add(real, quantized.Run(samples, sums.Outputs), quantizedModel.Path, samples);
            engine?.Add(samples, real);
            steps.Report(samples.Taken);
        }

        return sums.Result(samples.Taken) with
        {
            Warnings = [.. data.FromTokens, .. inputs.Warnings(), .. OfProcessors(quantizedModel, profile)],
            Engine = engine?.Result(),
            Digest = samples.Digest(),
        };
    }

    /// <summary>Models that are not read as integers at all are compared without a word of processors.</summary>
    private static IReadOnlyList<ReportWarning> OfProcessors(OnnxModel model, BackendProfile? profile)
    {
        try
        {
            return ProcessorAgreement.Warning(model, profile) is { } warning ? [warning] : [];
        }
        catch (QuantException)
        {
            return [];
        }
    }

    private static ComparisonReport CompareProcessors(
        OnnxModel floatModel,
        OnnxModel quantizedModel,
        SampleArrays data,
        string? labelsArray,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        using var floats = new ComparedModel(WideFloats.Runnable(floatModel));
        using (var quantized = OrtSessions.OpenUnoptimized(quantizedModel))
            Signature.Check(floats.Model, floats.Session, quantizedModel, quantized);
        ClassLabels.CheckName(data, floats.Model, labelsArray);
        using var samples = SampleSource.Open(data, floats.Model, ClassLabels.Name(labelsArray));
        var labels = ClassLabels.Read(data, floats.Model, labelsArray, samples.Count);
        var table = new ProcessorTable(quantizedModel, () => new ComparisonSums(floats.Session.OutputNames, floats.Whole, labels));
        var steps = new ProgressSteps(progress, ProgressStage.Comparing, samples.Count);
        samples.BeginDigest();
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            table.Add(samples, floats.Run(samples, floats.Session.OutputNames));
            steps.Report(samples.Taken);
        }

        return table.Result(samples.Taken) with { Digest = samples.Digest() };
    }
}
