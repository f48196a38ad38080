using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Finds the node of a float model that makes a NaN of finite numbers.</summary>
internal static class NotANumber
{
    /// <summary>The refusal of a model that makes a NaN of the sample that the source holds.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="tensor">The tensor in which the NaN was seen.</param>
    /// <param name="samples">The source of the sample.</param>
    internal static QuantException Refusal(OnnxModel model, string tensor, SampleSource samples)
    {
        var maker = FirstMaker(model, tensor, samples);
        return Diagnostics.FloatModelMakesNaN.Fault(string.Create(CultureInfo.InvariantCulture,
            $"{model.Path}: node {maker} makes NaN of {samples.Which} of {samples.Name} (the first is 0), whose own "
            + $"values are finite: the float model itself does not work on it. Leave the sample out (--skip-sample {samples.Indices}), or look at what that node reads."),
            file: samples.Name, node: maker,
            remedy: string.Create(CultureInfo.InvariantCulture, $"Leave the sample out: --skip-sample {samples.Indices}."));
    }

    private static string FirstMaker(OnnxModel model, string tensor, SampleSource samples)
    {
        var all = model.Clone();
        var index = new GraphIndex(all.Graph);
        var maker = index.Producer(tensor);
        var upstream = Upstream(index, maker);
        all.Graph.Output.Clear();
        foreach (var output in upstream.SelectMany(node => node.Output).Where(name => name.Length > 0))
            all.Graph.Output.Add(new ValueInfoProto { Name = output });
        NestedGraph.Nest(all, model.Graph.Output.Select(output => output.Name));
        try
        {
            using var session = OrtSessions.OpenUnoptimized(all);
            using var options = new RunOptions();
            var floats = session.OutputNames
                .Where(name => session.OutputMetadata[name] is { IsTensor: true, ElementDataType: TensorElementType.Float })
                .ToHashSet();
            using var results = session.Run(
                options,
                [.. samples.Inputs.Select(input => input.Name)],
                [.. samples.Inputs.Select(input => input.Tensor)],
                [.. floats]);
            var faulty = floats.Zip(results)
                .Where(pair => pair.Second.GetTensorDataAsSpan<float>().ContainsAnyNaN())
                .Select(pair => pair.First)
                .ToHashSet();
            maker = upstream.FirstOrDefault(node => node.Output.Any(faulty.Contains)) ?? maker;
        }
        catch (Exception fault) when (fault is QuantException or OnnxRuntimeException)
        {
            // the node that makes the observed tensor is named then
        }

        return maker is null ? tensor : $"{maker.DisplayName()} ({maker.OpType})";
    }

    private static List<NodeProto> Upstream(GraphIndex index, NodeProto? from)
    {
        var reached = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<NodeProto>(from is null ? [] : [from]);
        while (open.TryPop(out var node))
        {
            if (!reached.Add(node))
                continue;
            foreach (var maker in GraphWalk.Reads(node).Select(index.Producer).OfType<NodeProto>())
                open.Push(maker);
        }

        return [.. index.TopologicalOrder.Where(reached.Contains)];
    }

    private static bool ContainsAnyNaN(this ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (float.IsNaN(value))
                return true;
        }

        return false;
    }
}
