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
        _names.UnionWith(existing.Initializer.Select(t => t.Name));
        _names.UnionWith(existing.Input.Select(i => i.Name));
        _names.UnionWith(existing.Output.Select(o => o.Name));
        foreach (var node in existing.Node)
        {
            _names.Add(node.Name);
            _names.UnionWith(node.Output);
        }
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
}
