using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Takes the second moments of what layers read in a float model.</summary>
internal static class MomentsObserver
{
    /// <summary>Runs the model on all samples, in their order.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="layers">The layers, which have seen nothing yet.</param>
    /// <param name="samples">The samples, before the first one.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each run.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model, or fails.</exception>
    internal static void Observe(
        OnnxModel model, IReadOnlyList<LayerMoments> layers, SampleSource samples, IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        string[] tensors = [.. layers.Select(layer => layer.Tensor).Distinct()];
        var fed = samples.Inputs.Where(input => tensors.Contains(input.Name)).ToList();
        string[] inner = [.. tensors.Except(fed.Select(input => input.Name))];
        using var session = inner.Length == 0 ? null : Open(model, inner, samples);
        using var options = new RunOptions();
        if (samples.Batch > 1 && !SamplesApart.Are(model, samples))
            samples.TakeOneByOne();
        var steps = new ProgressSteps(progress, ProgressStage.Calibrating, samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            using var results = session is null ? null : Run(model, session, options, inner, samples);
            var values = fed.ToDictionary(input => input.Name, input => input.Tensor);
            for (var i = 0; i < inner.Length; i++)
                values.Add(inner[i], results![i]);
            // each layer's sums are its own, so that it does not matter which thread makes them
            Parallel.ForEach(layers, layer => layer.Add(values[layer.Tensor], samples));
            steps.Report(samples.Taken);
        }
    }

    // in the model's own order of elements, which tells which input each of them is
    private static InferenceSession Open(OnnxModel model, string[] tensors, SampleSource samples)
    {
        var graph = ObservedGraph.Of(model, tensors, samples.Inputs);
        NestedGraph.Nest(graph, model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.Options();
        return OrtSessions.Open(graph, options);
    }

    private static IDisposableReadOnlyCollection<OrtValue> Run(
        OnnxModel model, InferenceSession session, RunOptions options, string[] tensors, SampleSource samples)
    {
        try
        {
            return session.Run(
                options, [.. samples.Inputs.Select(input => input.Name)], [.. samples.Inputs.Select(input => input.Tensor)], tensors);
        }
        catch (OnnxRuntimeException fault)
        {
            throw FailedRun.Refusal(model, samples, fault);
        }
    }
}
