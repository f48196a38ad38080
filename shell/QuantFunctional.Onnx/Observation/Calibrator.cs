using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Observes what values the tensors of a float model take.</summary>
internal static class Calibrator
{
    /// <summary>
    /// What each tensor takes for values over all samples, exactly as ONNX Runtime computes them, and what the rows that a
    /// Softmax reads have for their largest values.
    /// </summary>
    /// <remarks>Samples run one by one; memory does not grow with their number.</remarks>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">Tensors of float32: inputs of the graph, or outputs of its nodes.</param>
    /// <param name="samples">The samples, before the first one.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each sample.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <exception cref="QuantException">
    /// ONNX Runtime does not accept the model; a tensor is not float32, or takes a value that is NaN.
    /// </exception>
    public static Observations Observe(
        OnnxModel model,
        IReadOnlyList<string> tensors,
        SampleSource samples,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel,
        int threads = 0) => Observations.Of(Seen(model, tensors, [], samples, progress, cancel, threads), tensors);

    /// <summary>The same as statistics, with the means of what layers read.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">Tensors of float32: inputs of the graph, or outputs of its nodes.</param>
    /// <param name="layerInputs">What layers read.</param>
    /// <param name="samples">The samples, before the first one.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each sample.</param>
    /// <param name="threads">Threads inside an operator; 0 for ONNX Runtime's own choice.</param>
    /// <exception cref="QuantException">As of <see cref="Observe"/>.</exception>
    public static ObservedJson Seen(
        OnnxModel model,
        IReadOnlyList<string> tensors,
        IReadOnlyList<LayerInput> layerInputs,
        SampleSource samples,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel,
        int threads = 0)
    {
        using var session = new ObservingSession(model, tensors, samples, threads, withRows: true, layerInputs);
        session.Run(samples, progress, cancel);
        return session.Seen;
    }

    /// <summary>The same, with the means of those samples alone whose values are counted.</summary>
    /// <remarks>
    /// The two parts of the samples run one after the other, so that no more than one session is open, and are merged as shards are.
    /// </remarks>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">Tensors of float32: inputs of the graph, or outputs of its nodes.</param>
    /// <param name="layerInputs">What layers read.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each sample.</param>
    /// <exception cref="QuantException">As of <see cref="Observe"/>.</exception>
    public static ObservedJson Seen(
        OnnxModel model,
        IReadOnlyList<string> tensors,
        IReadOnlyList<LayerInput> layerInputs,
        SampleSet samples,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        long total;
        using (var all = samples.Open(model))
        {
            if (layerInputs.Count == 0 || CountedSamples.AreAll(all.All))
                return Seen(model, tensors, layerInputs, all, progress, cancel);
            total = all.Count;
        }

        var seen = Part(CountedSamples.Holds, layerInputs, before: 0);
        var rest = Part((sample, count) => !CountedSamples.Holds(sample, count), [], before: seen?.Samples ?? 0);
        if (rest is null)
            return seen!;
        rest = rest with { LayerInputs = LayerInputMeans.Unseen(layerInputs) };
        return seen is null ? rest : ObservedMerge.Of(seen, rest);

        ObservedJson? Part(Func<long, long, bool> holds, IReadOnlyList<LayerInput> inputs, long before)
        {
            using var part = (samples with { Holds = holds }).Open(model);
            if (part.Count == 0)
                return null;
            using var session = new ObservingSession(model, tensors, part, threads: 0, withRows: true, inputs);
            session.Run(part, progress, cancel, before, total);
            return session.Seen;
        }
    }
}
