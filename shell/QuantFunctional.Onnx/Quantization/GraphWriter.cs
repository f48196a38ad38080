using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Quantization;

/// <summary>Collects the nodes and initializers of a graph under construction, with names that are not taken yet.</summary>
internal sealed class GraphWriter
{
    private readonly HashSet<string> _names = [];

    /// <summary>Begins a graph beside an existing one, whose names are all taken.</summary>
    internal GraphWriter(GraphProto existing)
    {
        _names.UnionWith(GraphWalk.Names(existing));
        _names.UnionWith(GraphWalk.Nodes(existing).Select(node => node.Name));
    }

    internal List<NodeProto> Nodes { get; } = [];

    internal List<TensorProto> Initializers { get; } = [];

    /// <summary>The wished name, or the first free one that begins with it.</summary>
    internal string Fresh(string wished)
    {
        var name = wished;
        for (var n = 2; !_names.Add(name); n++)
            name = $"{wished}_{n}";
        return name;
    }

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

    /// <summary>Adds a QuantizeLinear/DequantizeLinear pair.</summary>
    /// <param name="real">The tensor as a node writes it.</param>
    /// <param name="encoding">The constants of its encoding.</param>
    /// <param name="called">What the pair's own names begin with; the tensor's name where null.</param>
    /// <param name="dequantized">The name of the result; a fresh one where null.</param>
    /// <returns>The name of the result.</returns>
    internal string Pair(string real, EncodingNames encoding, string? called = null, string? dequantized = null)
    {
        called ??= real;
        var quantized = Fresh($"{called}_quantized");
        dequantized ??= Fresh($"{called}_dequantized");
        Node("QuantizeLinear", Fresh($"{called}_QuantizeLinear"), [real, encoding.Step, encoding.ZeroPoint], quantized);
        Node(
            "DequantizeLinear", Fresh($"{called}_DequantizeLinear"), [quantized, encoding.Step, encoding.ZeroPoint],
            dequantized);
        return dequantized;
    }
}

/// <summary>The names of the constants of an encoding.</summary>
internal readonly record struct EncodingNames(string Step, string ZeroPoint);
