using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>A tensor with channels on one of its axes.</summary>
/// <param name="Tensor">The tensor, float32.</param>
/// <param name="Axis">The axis.</param>
/// <param name="Rank">How many axes there are.</param>
internal sealed record ChanneledTensor(string Tensor, int Axis, int Rank);

/// <summary>Observes the smallest and the largest value of each channel of some tensors.</summary>
/// <remarks>Of all samples: a channel that few of them make large would leave its tensor's range if it were multiplied by what the others allow.</remarks>
internal static class ChannelExtremes
{
    /// <summary>For each tensor the ranges of its channels; none where no sample makes the tensor.</summary>
    internal static IReadOnlyDictionary<string, ObservedRange[]> Of(
        OnnxModel model, IReadOnlyList<ChanneledTensor> tensors, SampleSet samples, IProgress<QuantizeProgress>? progress, CancellationToken cancel)
    {
        var graph = new GraphEditor(model.Clone());
        graph.Graph.Output.Clear();
        var outputs = tensors.SelectMany(tensor => new[] { Reduced(graph, tensor, "ReduceMin"), Reduced(graph, tensor, "ReduceMax") }).ToArray();
        graph.Changed();
        NestedGraph.Nest(graph.Model, model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.TakingTurns();
        using var session = OrtSessions.Open(graph.Model, options);
        using var run = new RunOptions();
        using var source = samples.Open(model);
        var steps = new ProgressSteps(progress, ProgressStage.Calibrating, source.Count);
        var ranges = tensors.ToDictionary(tensor => tensor.Tensor, _ => Array.Empty<ObservedRange>());
        while (source.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            using var results = session.Run(
                run, [.. source.Inputs.Select(input => input.Name)], [.. source.Inputs.Select(input => input.Tensor)], outputs);
            for (var i = 0; i < tensors.Count; i++)
                ranges[tensors[i].Tensor] = Joined(ranges[tensors[i].Tensor], results[2 * i], results[(2 * i) + 1]);
            steps.Report(source.Taken);
        }

        return ranges;
    }

    private static ObservedRange[] Joined(ObservedRange[] before, OrtValue smallest, OrtValue largest)
    {
        var low = smallest.GetTensorDataAsSpan<float>();
        var high = largest.GetTensorDataAsSpan<float>();
        // a tensor in a branch that a sample does not run is empty then
        if (low.IsEmpty)
            return before;
        var ranges = new ObservedRange[low.Length];
        for (var i = 0; i < ranges.Length; i++)
        {
            var range = new ObservedRange(low[i], high[i]);
            ranges[i] = before.Length == 0 ? range : range.Join(before[i]);
        }

        return ranges;
    }

    private static string Reduced(GraphEditor graph, ChanneledTensor tensor, string operation)
    {
        var node = new NodeProto { OpType = operation, Input = { tensor.Tensor }, Output = { graph.FreshName($"{tensor.Tensor}_{operation}") } };
        node.SetInt("keepdims", 0);
        graph.SetReducedAxes(node, Enumerable.Range(0, tensor.Rank).Where(axis => axis != tensor.Axis).Select(axis => (long)axis));
        graph.Graph.Node.Add(node);
        graph.Graph.Output.Add(new ValueInfoProto { Name = node.Output[0] });
        return node.Output[0];
    }
}
