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
    /// Runs both models in ONNX Runtime in turns, one sample at a time, on one thread and on as many as it takes by itself;
    /// some seconds at most for each, except that each model runs ten times at least.
    /// </summary>
    /// <param name="floatModelPath">The float model.</param>
    /// <param name="quantizedModelPath">The quantized model: inputs and outputs as the float model's.</param>
    /// <param name="dataPath">A .npz, a .npy or a folder of .npy files; the first axis counts samples.</param>
    /// <param name="labelsArray">An array of the data that feeds no input, beside <c>labels</c>; none where null.</param>
    /// <param name="progress">Told how far the work has come.</param>
    /// <param name="cancellationToken">Asked before each run.</param>
    /// <exception cref="QuantException">
    /// A file is missing or damaged; the models' inputs or outputs differ; the data does not fit; or a model fails on a sample.
    /// </exception>
    public static Task<IReadOnlyList<LatencyComparison>> MeasureAsync(
        string floatModelPath,
        string quantizedModelPath,
        string dataPath,
        string? labelsArray = null,
        IProgress<QuantizeProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(floatModelPath);
        ArgumentException.ThrowIfNullOrEmpty(quantizedModelPath);
        ArgumentException.ThrowIfNullOrEmpty(dataPath);
        return Task.Run<IReadOnlyList<LatencyComparison>>(
            () =>
            {
                var floatModel = OnnxModel.Load(floatModelPath);
                var quantizedModel = OnnxModel.Load(quantizedModelPath);
                return [.. Threads.Select(threads =>
                {
                    using var samples = SampleSource.Open(dataPath, floatModel, ClassLabels.Name(labelsArray));
                    var steps = new ProgressSteps(progress, threads == 1 ? "time on one thread" : "time on all threads", samples.Count);
                    return LatencyMeasurement.Of(floatModel, quantizedModel, threads, samples, steps, cancellationToken);
                })];
            },
            cancellationToken);
    }
}
