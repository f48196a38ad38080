using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Takes the second moments of what products read in a float model.</summary>
internal static class MomentsObserver
{
    /// <summary>Runs the model on all samples, in their order.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="tensors">What products read, with the number of inputs, which lie on the last axis.</param>
    /// <param name="samples">The samples, before the first one.</param>
    /// <param name="progress">Told after each hundredth.</param>
    /// <param name="cancel">Asked before each run.</param>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model, or fails.</exception>
    internal static IReadOnlyDictionary<string, InputMoments> Observe(
        OnnxModel model, IReadOnlyDictionary<string, int> tensors, SampleSource samples, IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var seen = tensors.ToDictionary(tensor => tensor.Key, tensor => new InputMoments(tensor.Value));
        var fed = samples.Inputs.Where(input => tensors.ContainsKey(input.Name)).ToList();
        string[] inner = [.. tensors.Keys.Except(samples.Inputs.Select(input => input.Name))];
        using var session = inner.Length == 0 ? null : Open(model, inner, samples);
        using var options = new RunOptions();
        if (samples.Batch > 1 && !SamplesApart.Are(model, samples))
            samples.TakeOneByOne();
        var steps = new ProgressSteps(progress, ProgressStage.Calibrating, samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var input in fed)
                Add(seen[input.Name], tensors[input.Name], input.Tensor, samples);
            if (session is not null)
            {
                using var values = Run(model, session, options, inner, samples);
                for (var i = 0; i < inner.Length; i++)
                    Add(seen[inner[i]], tensors[inner[i]], values[i], samples);
            }

            steps.Report(samples.Taken);
        }

        return seen;
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

    private static void Add(InputMoments moments, int inputs, OrtValue value, SampleSource samples)
    {
        var values = value.GetTensorDataAsSpan<float>();
        moments.Add(values[..(samples.CountedRows(values.Length / inputs) * inputs)]);
    }
}
