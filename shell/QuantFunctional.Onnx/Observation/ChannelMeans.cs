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
        var outputs = tensors.Select(tensor => Average(graph, tensor)).ToList();
        NestedGraph.Nest(averaging, model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.Options();
        using var session = OrtSessions.Open(averaging, options);
        using var runOptions = new RunOptions();
        var inputs = samples.Inputs.ToDictionary(input => input.Name, input => input.Tensor);
        var sums = new double[]?[tensors.Count];
        var steps = new ProgressSteps(progress, ProgressStage.Averaging, samples.Count);
        while (samples.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            using var results = session.Run(runOptions, inputs, outputs);
            for (var i = 0; i < outputs.Count; i++)
                Add(ref sums[i], results[i].GetTensorDataAsSpan<float>());
            steps.Report(samples.Taken);
        }

        return tensors.Zip(sums).ToDictionary(
            pair => pair.First.Tensor,
            pair => Array.ConvertAll(pair.Second!, sum => sum / samples.Count));
    }

    private static string Average(GraphEditor graph, ChanneledTensor tensor)
    {
        var output = graph.FreshName($"{tensor.Tensor}_mean");
        var axes = Enumerable.Range(0, tensor.Rank).Where(axis => axis != tensor.ChannelAxis).Select(axis => (long)axis);
        var node = new NodeProto { OpType = "ReduceMean", Input = { tensor.Tensor }, Output = { output } };
        node.SetInt("keepdims", 0);
        graph.SetReducedAxes(node, axes);
        graph.Graph.Node.Add(node);
        graph.Graph.Output.Add(new ValueInfoProto { Name = output });
        return output;
    }

    private static void Add(ref double[]? sums, ReadOnlySpan<float> values)
    {
        sums ??= new double[values.Length];
        for (var i = 0; i < values.Length; i++)
            sums[i] += values[i];
    }
}
