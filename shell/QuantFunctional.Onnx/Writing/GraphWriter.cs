using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Writing;

/// <summary>Collects the nodes and initializers of a graph under construction, with names that are not taken yet.</summary>
internal sealed class GraphWriter
{
    private readonly FreshNames _names;
    private readonly string _pairDomain;

    /// <summary>Begins a graph beside an existing one, whose names are all taken.</summary>
    /// <param name="existing">The existing graph.</param>
    /// <param name="pairDomain">The domain of the operators of pairs.</param>
    internal GraphWriter(GraphProto existing, string pairDomain = "")
    {
        _pairDomain = pairDomain;
        _names = new FreshNames(GraphWalk.Names(existing).Concat(GraphWalk.Nodes(existing).Select(node => node.Name)));
    }

    internal List<NodeProto> Nodes { get; } = [];

    internal List<TensorProto> Initializers { get; } = [];

    /// <summary>The wished name, or the first free one that begins with it.</summary>
    internal string Fresh(string wished) => _names.Fresh(wished);

    /// <summary>Adds a constant and gives back its name.</summary>
    internal string Constant(TensorProto tensor)
    {
        Initializers.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a node with one output.</summary>
    internal NodeProto Node(string opType, string name, IEnumerable<string> inputs, string output)
    {
        var node = new NodeProto { OpType = opType, Name = name, Input = { inputs }, Output = { output } };
        Nodes.Add(node);
        return node;
    }

    /// <summary>A model with the collected nodes, and with the initializers, old and new, that they read.</summary>
    /// <param name="original">Everything else; it stays as it is.</param>
    internal OnnxModel Complete(OnnxModel original)
    {
        var model = original.Clone();
        model.Proto.ProducerName = PlanOfModel.Producer;
        model.Proto.ProducerVersion = typeof(GraphWriter).Assembly.GetName().Version!.ToString(3);
        var graph = model.Graph;
        graph.Node.Clear();
        graph.Node.Add(Nodes);
        var read = graph.Node.SelectMany(GraphWalk.Reads).Concat(graph.Output.Select(o => o.Name)).ToHashSet();
        var kept = graph.Initializer.Concat(Initializers).Where(t => read.Contains(t.Name)).ToList();
        graph.Initializer.Clear();
        graph.Initializer.Add(kept);
        NestedGraph.Nest(model, graph.Output.Select(output => output.Name));
        return model;
    }

    /// <summary>Adds a QuantizeLinear/DequantizeLinear pair.</summary>
    /// <param name="real">The tensor as a node writes it.</param>
    /// <param name="encoding">The constants of its encoding.</param>
    /// <param name="called">What the pair's own names begin with; the tensor's name where null.</param>
    /// <param name="dequantized">The name of the result; a fresh one where null.</param>
    /// <returns>The name of the result.</returns>
    internal string Pair(string real, EncodingNames encoding, string? called = null, string? dequantized = null) =>
        Pair(real, encoding, called, dequantized, out _);

    /// <summary>Adds a pair, and gives the name of the integers in between too.</summary>
    internal string Pair(string real, EncodingNames encoding, string? called, string? dequantized, out string quantized)
    {
        called ??= real;
        quantized = Fresh($"{called}_quantized");
        dequantized ??= Fresh($"{called}_dequantized");
        Convert("QuantizeLinear", called, real, encoding, quantized);
        Convert("DequantizeLinear", called, quantized, encoding, dequantized);
        return dequantized;
    }

    /// <summary>Adds one operator of a pair.</summary>
    internal NodeProto Convert(string opType, string called, string from, EncodingNames encoding, string to)
    {
        var node = Node(opType, Fresh($"{called}_{opType}"), [from, encoding.Step, encoding.ZeroPoint], to);
        // also an empty domain would be written into the file
        if (_pairDomain.Length > 0)
            node.Domain = _pairDomain;
        return node;
    }
}

/// <summary>The names of the constants of an encoding.</summary>
internal readonly record struct EncodingNames(string Step, string ZeroPoint);
