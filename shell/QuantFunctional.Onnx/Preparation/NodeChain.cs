using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Preparation;

/// <summary>Nodes that together make the output that one node made alone.</summary>
internal sealed class NodeChain
{
    private readonly GraphEditor _graph;
    private readonly string _called;
    private readonly string _result;
    private NodeProto? _last;

    /// <summary>Begins a chain in the place of a node, or with the node itself where it stays the first one.</summary>
    internal NodeChain(GraphEditor graph, NodeProto node, bool isFirst)
    {
        _graph = graph;
        _called = node.DisplayName();
        _result = node.Output[0];
        node.Name = _called;
        if (!isFirst)
            return;
        _last = node;
        Tensor = node.Output[0] = graph.FreshName($"{_result}_{node.OpType}");
    }

    /// <summary>What the last node makes.</summary>
    internal string Tensor { get; private set; } = "";

    /// <summary>Adds a node; without inputs it reads what the last one makes.</summary>
    internal NodeProto Then(string opType, params IEnumerable<string> inputs)
    {
        var read = inputs.ToList();
        var output = _graph.FreshName($"{_called}/{opType}");
        var node = new NodeProto { Name = output, OpType = opType, Input = { read.Count > 0 ? read : [Tensor] }, Output = { output } };
        _graph.Graph.Node.Add(node);
        Tensor = node.Output[0];
        _last = node;
        return node;
    }

    /// <summary>Adds a Transpose; none where the order stays.</summary>
    internal string Transposed(string tensor, IReadOnlyList<int> order)
    {
        if (order.SequenceEqual(Enumerable.Range(0, order.Count)))
            return Tensor = tensor;
        Then("Transpose", tensor).SetInts("perm", order.Select(axis => (long)axis));
        return Tensor;
    }

    /// <summary>Adds a Reshape; 0 keeps a dimension, and -1 is whatever is left.</summary>
    internal string Reshaped(string tensor, params IReadOnlyList<long> dims)
    {
        var shape = _graph.AddInitializer(TensorData.Make($"{_result}_shape", [dims.Count], dims.ToArray().AsSpan()));
        Then("Reshape", tensor, shape);
        return Tensor;
    }

    /// <summary>Gives the last node the output that the replaced node had.</summary>
    internal void End()
    {
        _last!.Output[0] = _result;
        _graph.Changed();
    }
}
