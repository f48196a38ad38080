using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Samples;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>The multiply-adds of a network's nodes, also where a model leaves its shapes free.</summary>
internal sealed class MultiplyAdds
{
    private readonly Dictionary<string, long> _byNode;

    private MultiplyAdds(Dictionary<string, long> byNode) => _byNode = byNode;

    /// <summary>Counts them, where a shape is free with those of the first sample.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not accept the model.</exception>
    internal static MultiplyAdds Of(Scheme scheme, SampleSet samples)
    {
        var nodes = scheme.Model.Graph.Node.Where(LayerCosts.Counts).ToList();
        Func<string, IReadOnlyList<long>?> dims = scheme.Dims;
        if (nodes.Exists(node => LayerCosts.Of(node, dims) is null))
        {
            var seen = Seen(scheme, [.. nodes.SelectMany(node => node.Input.Append(node.Output[0])).Where(name => name.Length > 0).Distinct()], samples);
            dims = tensor => seen.GetValueOrDefault(tensor) ?? scheme.Dims(tensor);
        }

        // what no sample runs, costs nothing
        return new MultiplyAdds(nodes.GroupBy(node => node.DisplayName())
            .ToDictionary(node => node.Key, node => node.Sum(one => LayerCosts.Of(one, dims) ?? 0)));
    }

    /// <summary>All of them.</summary>
    internal long Total => _byNode.Values.Sum();

    /// <summary>Those of a node that runs in integers.</summary>
    internal long Of(IntegerNode node) => node.Nodes.Append(node.Node).Select(one => one.DisplayName()).Distinct().Sum(name => _byNode.GetValueOrDefault(name));

    /// <summary>Those of a network that run in integers.</summary>
    internal long InIntegers(Scheme scheme) => scheme.Integers.Sum(Of);

    private static Dictionary<string, IReadOnlyList<long>> Seen(Scheme scheme, IReadOnlyList<string> tensors, SampleSet samples)
    {
        using var source = samples.Open(scheme.Model);
        var inputs = source.Inputs.Select(input => input.Name).ToHashSet();
        List<string> inner = [.. tensors.Where(tensor => !inputs.Contains(tensor) && scheme.Index.Initializer(tensor) is null)];
        var graph = ObservedGraph.Of(scheme.Model, inner, source.Inputs);
        NestedGraph.Nest(graph, scheme.Model.Graph.Output.Select(output => output.Name));
        using var options = OrtSessions.TakingTurns();
        using var session = OrtSessions.Open(graph, options);
        using var run = new RunOptions();
        source.MoveNext();
        using var results = session.Run(
            run, [.. source.Inputs.Select(input => input.Name)], [.. source.Inputs.Select(input => input.Tensor)], inner);
        return source.Inputs.Select(input => (input.Name, Value: input.Tensor)).Concat(inner.Zip(results))
            .Select(one => (Name: one.Item1, one.Item2.GetTensorTypeAndShape().Shape))
            // the empty output of a branch that does not run says nothing
            .Where(one => one.Shape.Length > 0 && !one.Shape.Contains(0))
            .ToDictionary(one => one.Name, one => (IReadOnlyList<long>)one.Shape);
    }
}
