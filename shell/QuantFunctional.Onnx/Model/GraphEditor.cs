using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Onnx.Model;

/// <summary>Changes a model's main graph in place. Nested graphs are touched by editors of their own alone.</summary>
internal sealed class GraphEditor
{
    // from here on the axes of ReduceMean and ReduceMax are an input
    private const long ReducedAxesAreInput = 18;

    private readonly FreshNames _names;
    private readonly HashSet<string> _readInBodies;
    private GraphIndex? _index;

    internal GraphEditor(OnnxModel model)
        : this(model, new FreshNames(GraphWalk.Names(model.Graph)))
    {
    }

    private GraphEditor(OnnxModel model, FreshNames names)
    {
        Model = model;
        _names = names;
        _readInBodies = [.. model.Graph.Node.SelectMany(GraphWalk.ReadInBodies)];
    }

    /// <summary>An editor of a graph nested in this one, whose new names are free in all of them.</summary>
    internal GraphEditor OfBody(GraphProto body) =>
        new(new OnnxModel(Model.Path, new ModelProto { IrVersion = Model.Proto.IrVersion, OpsetImport = { Model.Proto.OpsetImport }, Graph = body }), _names);

    internal OnnxModel Model { get; }

    internal GraphProto Graph => Model.Graph;

    /// <summary>An index of the graph as it is now; it is made anew after <see cref="Changed"/>.</summary>
    internal GraphIndex Index => _index ??= new GraphIndex(Graph);

    /// <summary>To be called after nodes, inputs or outputs of nodes were changed directly.</summary>
    internal void Changed() => _index = null;

    /// <summary>Whether a nested graph reads the tensor, so that its name has to stay.</summary>
    internal bool IsReadInBody(string tensor) => _readInBodies.Contains(tensor);

    /// <summary>The wished name, or the first of wish_2, wish_3, … that no tensor has.</summary>
    internal string FreshName(string wish) => _names.Fresh(wish);

    /// <summary>Adds a tensor under a name that is free, and returns that name.</summary>
    internal string AddInitializer(TensorProto tensor)
    {
        tensor.Name = FreshName(tensor.Name);
        Graph.Initializer.Add(tensor);
        Changed();
        return tensor.Name;
    }

    /// <summary>Tells a reduction its axes, as the model's opset takes them from a node like ReduceMean or ReduceMax.</summary>
    internal void SetReducedAxes(NodeProto node, IEnumerable<long> axes)
    {
        if (Model.Opset < ReducedAxesAreInput)
        {
            node.SetInts("axes", axes);
            return;
        }

        long[] values = [.. axes];
        node.Input.Add(AddInitializer(TensorData.Make($"{node.Output[0]}_axes", [values.Length], values.AsSpan())));
    }

    /// <summary>
    /// Gives a tensor that a node makes so far a constant value. The caller removes the node. A graph output keeps its
    /// name through an Identity, since not every reader of the format allows an initializer there.
    /// </summary>
    internal void SetConstant(string tensor, TensorProto value)
    {
        value.Name = tensor;
        if (!Graph.Output.Any(o => o.Name == tensor))
        {
            Graph.Initializer.Add(value);
            Changed();
            return;
        }

        value.Name = tensor + "_value";
        var name = AddInitializer(value);
        ReplaceReads(new Dictionary<string, string> { [tensor] = name });
        Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { name }, Output = { tensor } });
        Changed();
    }

    /// <summary>Lets every node read other tensors: the key's place is taken by the value.</summary>
    internal void ReplaceReads(IReadOnlyDictionary<string, string> names)
    {
        foreach (var node in Graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (names.TryGetValue(node.Input[i], out var name))
                    node.Input[i] = name;
            }
        }

        Changed();
    }

    /// <summary>Gives a node another first output. A nameless node is named what it was called by.</summary>
    internal static void RenameOutput(NodeProto node, string tensor)
    {
        node.Name = node.DisplayName();
        node.Output[0] = tensor;
    }

    /// <summary>Takes nodes out of the graph.</summary>
    internal void RemoveNodes(IEnumerable<NodeProto> nodes)
    {
        var gone = nodes.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        if (gone.Count > 0)
            ReplaceNodes([.. Graph.Node.Where(node => !gone.Contains(node))]);
    }

    /// <summary>Brings the nodes into an order in which each comes after those that it reads.</summary>
    internal void SortNodes()
    {
        Changed();
        ReplaceNodes([.. Index.TopologicalOrder]);
    }

    private void ReplaceNodes(List<NodeProto> nodes)
    {
        Graph.Node.Clear();
        Graph.Node.AddRange(nodes);
        Changed();
    }
}
