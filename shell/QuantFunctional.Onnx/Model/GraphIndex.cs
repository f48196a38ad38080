using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Who makes and who reads each tensor of one graph: a snapshot, which later changes do not reach.</summary>
internal sealed class GraphIndex
{
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, List<NodeProto>> _consumers = [];
    private readonly Dictionary<string, TensorProto> _initializers = [];
    private readonly HashSet<string> _inputs = [];
    private readonly HashSet<string> _outputs = [];

    /// <summary>Indexes a graph as it is now.</summary>
    internal GraphIndex(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
            _initializers[tensor.Name] = tensor;
        foreach (var input in graph.Input)
            _inputs.Add(input.Name);
        foreach (var output in graph.Output)
            _outputs.Add(output.Name);
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output.Where(name => name.Length > 0))
                _producers.TryAdd(output, node);
            foreach (var input in GraphWalk.Reads(node))
            {
                if (!_consumers.TryGetValue(input, out var readers))
                    _consumers[input] = readers = [];
                readers.Add(node);
            }
        }

        TopologicalOrder = Sort(graph);
    }

    /// <summary>The nodes, each after those whose outputs it reads; otherwise in the file's order.</summary>
    /// <remarks>Nodes of a circle, which no engine accepts, come last.</remarks>
    internal IReadOnlyList<NodeProto> TopologicalOrder { get; }

    /// <summary>The node that makes a tensor; null for inputs, initializers and unknown names.</summary>
    internal NodeProto? Producer(string tensor) => _producers.GetValueOrDefault(tensor);

    /// <summary>The nodes that read a tensor, each once, also where only a nested body of the node does.</summary>
    internal IReadOnlyList<NodeProto> Consumers(string tensor) =>
        _consumers.TryGetValue(tensor, out var readers) ? readers : [];

    /// <summary>The initializer of that name, or null.</summary>
    internal TensorProto? Initializer(string tensor) => _initializers.GetValueOrDefault(tensor);

    /// <summary>Whether the graph lists the tensor among its outputs.</summary>
    internal bool IsGraphOutput(string tensor) => _outputs.Contains(tensor);

    /// <summary>Whether the graph lists the tensor among its inputs.</summary>
    internal bool IsGraphInput(string tensor) => _inputs.Contains(tensor);

    /// <summary>The one reader of a tensor that is not a graph output; null where there is none, or another.</summary>
    internal NodeProto? SoleConsumer(string tensor) =>
        !IsGraphOutput(tensor) && Consumers(tensor) is [var only] ? only : null;

    private List<NodeProto> Sort(GraphProto graph)
    {
        var missing = new int[graph.Node.Count];
        var position = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < graph.Node.Count; i++)
        {
            position[graph.Node[i]] = i;
            missing[i] = GraphWalk.Reads(graph.Node[i]).Count(_producers.ContainsKey);
        }

        var order = new List<NodeProto>(graph.Node.Count);
        var ready = new PriorityQueue<int, int>();
        for (var i = 0; i < missing.Length; i++)
        {
            if (missing[i] == 0)
                ready.Enqueue(i, i);
        }

        while (ready.TryDequeue(out var i, out _))
        {
            order.Add(graph.Node[i]);
            foreach (var output in graph.Node[i].Output)
            {
                foreach (var reader in output.Length > 0 ? Consumers(output) : [])
                {
                    if (--missing[position[reader]] == 0)
                        ready.Enqueue(position[reader], position[reader]);
                }
            }
        }

        var done = order.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        order.AddRange(graph.Node.Where(node => !done.Contains(node)));
        return order;
    }
}
