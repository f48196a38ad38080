using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx;

/// <summary>Measures how long a quantized model takes beside the float model that it was made from.</summary>
public static class ModelTimer
{
    // one thread, and as many as ONNX Runtime takes by itself
    private static readonly int[] Threads = [1, 0];

    /// <summary>
    /// Runs both models in ONNX Runtime in turns, one sample or fixed batch at a time, on one thread and on as many as it takes by itself;
    /// some seconds at most for each, except that each model runs ten times at least.
    /// </summary>
    /// <param name="floatModel">The float model: its path, or the model in memory.</param>
    /// <param name="quantizedModel">The quantized model: inputs and outputs as the float model's.</param>
    /// <param name="data">
    /// Samples: the path of a .npz, a .npy or a folder of such files, in which the first axis counts samples; or samples from
    /// memory.
    /// </param>
    /// <param name="labelsArray">An array of the data that feeds no input, beside <c>labels</c>; none where null.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Asked before each run.</param>
    /// <exception cref="QuantException">
    /// A file is missing or damaged; the models' inputs or outputs differ; the data does not fit; or a model fails on a sample.
    /// </exception>
    public static Task<IReadOnlyList<LatencyComparison>> MeasureAsync(
        ModelSource floatModel,
        ModelSource quantizedModel,
        SampleData data,
        string? labelsArray = null,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(floatModel);
        ArgumentNullException.ThrowIfNull(quantizedModel);
        ArgumentNullException.ThrowIfNull(data);
        return SampleArrays.UsedAsync(data, Measure, cancellationToken);

        IReadOnlyList<LatencyComparison> Measure(SampleArrays samples)
        {
            var (before, after) = (OnnxModel.Load(floatModel), OnnxModel.Load(quantizedModel));
            return [.. Threads.Select(threads =>
            {
                using var source = SampleSource.Open(samples, before, ClassLabels.Name(labelsArray));
                var steps = new ProgressSteps(progress, ProgressStage.Timing, source.Count);
                return LatencyMeasurement.Of(before, after, threads, source, steps, cancellationToken);
            })];
        }
    }
}
