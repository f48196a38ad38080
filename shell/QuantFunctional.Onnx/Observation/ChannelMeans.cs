using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>A tensor of which the mean of each channel is observed.</summary>
/// <param name="Tensor">An input of the graph, or an output of one of its nodes, float32.</param>
/// <param name="Rank">How many axes it has.</param>
/// <param name="ChannelAxis">The axis of its channels.</param>
internal sealed record ChanneledTensor(string Tensor, int Rank, int ChannelAxis);

/// <summary>Observes the mean of each channel of some tensors of a float model.</summary>
internal static class ChannelMeans
{
    /// <summary>The mean of each channel over all samples, for each tensor.</summary>
    /// <remarks>ONNX Runtime averages a sample in float32; the samples' means are added in their order, in double.</remarks>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model, or fails on a sample.</exception>
    internal static IReadOnlyDictionary<string, double[]> Observe(
        OnnxModel model,
        IReadOnlyList<ChanneledTensor> tensors,
        SampleSource samples,
        IProgress<QuantizeProgress>? progress,
        CancellationToken cancel)
    {
        var averaging = ObservedGraph.Of(model, [], samples.Inputs);
        averaging.Graph.Output.Clear();
        var graph = new GraphEditor(averaging);
        var outputs = tensors.Select(tensor => Average(graph, tensor, samples.Batch)).ToList();
        NestedGraph.Nest(averaging, model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.Options();
        using var session = OrtSessions.Open(averaging, options);
        using var runOptions = new RunOptions();
        var sums = new double[]?[tensors.Count];
        var counts = new long[tensors.Count];
        var steps = new ProgressSteps(progress, ProgressStage.Averaging, samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            var inputs = samples.Inputs.ToDictionary(input => input.Name, input => input.Tensor);
            using var results = session.Run(runOptions, inputs, outputs);
            for (var i = 0; i < outputs.Count; i++)
                counts[i] += Add(ref sums[i], results[i], samples);
            steps.Report(samples.Taken);
        }

        return Enumerable.Range(0, tensors.Count).ToDictionary(
            i => tensors[i].Tensor,
            i => Array.ConvertAll(sums[i]!, sum => sum / counts[i]));
    }

    // samples that run together lie along the first axis, which is kept, so that what fills up the last run can be left out
    private static string Average(GraphEditor graph, ChanneledTensor tensor, int batch)
    {
        var output = graph.FreshName($"{tensor.Tensor}_mean");
        var first = batch > 1 && tensor.ChannelAxis > 0 ? 1 : 0;
        var axes = Enumerable.Range(first, tensor.Rank - first).Where(axis => axis != tensor.ChannelAxis).Select(axis => (long)axis).ToList();
        var node = new NodeProto { OpType = axes.Count == 0 ? "Identity" : "ReduceMean", Input = { tensor.Tensor }, Output = { output } };
        if (axes.Count > 0)
        {
            node.SetInt("keepdims", 0);
            graph.SetReducedAxes(node, axes);
        }

        graph.Graph.Node.Add(node);
        graph.Graph.Output.Add(new ValueInfoProto { Name = output });
        return output;
    }

    // a tensor in a branch that a sample does not run is empty then
    private static int Add(ref double[]? sums, OrtValue result, SampleSource samples)
    {
        var means = result.GetTensorDataAsSpan<float>();
        if (means.IsEmpty)
            return 0;
        var dims = result.GetTensorTypeAndShape().Shape;
        var channels = (int)dims[^1];
        sums ??= new double[channels];
        var rows = dims.Length == 1 ? 1 : (int)dims[0];
        var counted = rows % samples.Batch == 0 ? rows / samples.Batch * samples.Filled : rows;
        for (var channel = 0; channel < channels; channel++)
        {
            var sum = 0.0;
            for (var row = 0; row < counted; row++)
                sum += means[(row * channels) + channel];
            sums[channel] += samples.Batch == 1 ? sum : sum / counted * samples.Filled;
        }

        return samples.Filled;
    }
}
