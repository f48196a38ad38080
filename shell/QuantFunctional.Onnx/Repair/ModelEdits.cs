using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Changes constants of a model for one reader at a time: what others read keeps every byte.</summary>
internal sealed class ModelEdits
{
    // below it, initializers are listed among the inputs
    private const long FirstIrOfOwnInitializers = 4;

    private readonly GraphEditor _editor;

    /// <summary>A model that is to be changed in place.</summary>
    internal ModelEdits(OnnxModel model) => _editor = new GraphEditor(model);

    /// <summary>The model as it is now.</summary>
    internal OnnxModel Model => _editor.Model;

    /// <summary>The graph as it is now.</summary>
    internal GraphIndex Index => _editor.Index;

    /// <summary>The value of a constant; null for what is computed or given.</summary>
    internal TensorProto? Constant(string tensor) => Index.Constant(tensor);

    /// <summary>Lets a place read another value: in the old one's stead where nothing else reads that, else beside it.</summary>
    internal void Replace(Slot slot, TensorProto value)
    {
        var old = slot.Tensor;
        if (old.Length > 0 && IsReadAlone(slot))
        {
            value.Name = old;
            if (Index.Producer(old) is { } constant)
            {
                constant.Attribute.Clear();
                constant.SetTensor("value", value);
            }
            else
            {
                var initializers = _editor.Graph.Initializer;
                initializers[initializers.IndexOf(Index.Initializer(old)!)] = value;
                List(old, value);
            }

            ForgetShape(old);
        }
        else
        {
            value.Name = old.Length > 0 ? old : $"{slot.Node.DisplayName()}_zero_point";
            var name = _editor.AddInitializer(value);
            while (slot.Node.Input.Count <= slot.Input)
                slot.Node.Input.Add("");
            slot.Node.Input[slot.Input] = name;
            if (Model.Proto.IrVersion < FirstIrOfOwnInitializers)
                _editor.Graph.Input.Add(new ValueInfoProto { Name = name, Type = TypeOf(value) });
        }

        _editor.Changed();
    }

    /// <summary>The node that makes what a place reads, as its only reader's: a copy where it has others.</summary>
    internal (NodeProto Before, NodeProto Own) Isolate(Slot slot)
    {
        var node = Index.Producer(slot.Tensor)!;
        if (IsReadAlone(slot))
            return (node, node);
        var copy = node.Clone();
        copy.Output[0] = _editor.FreshName(slot.Tensor);
        if (node.Name.Length > 0)
            copy.Name = $"{node.Name}_{copy.Output[0]}";
        _editor.Graph.Node.Insert(_editor.Graph.Node.IndexOf(node) + 1, copy);
        slot.Node.Input[slot.Input] = copy.Output[0];
        _editor.Changed();
        return (node, copy);
    }

    /// <summary>Whether this place alone reads its tensor.</summary>
    private bool IsReadAlone(Slot slot) =>
        Index.SoleConsumer(slot.Tensor) is { } only
        && ReferenceEquals(only, slot.Node)
        && slot.Node.Input.Count(input => input == slot.Tensor) == 1
        && !_editor.IsReadInBody(slot.Tensor);

    private void List(string name, TensorProto value)
    {
        if (_editor.Graph.Input.FirstOrDefault(input => input.Name == name) is { } listed)
            listed.Type = TypeOf(value);
    }

    /// <summary>Takes away what the file says of a tensor's shape, which is no longer so.</summary>
    private void ForgetShape(string tensor)
    {
        var infos = _editor.Graph.ValueInfo;
        foreach (var stale in infos.Where(info => info.Name == tensor).ToList())
            infos.Remove(stale);
    }

    private static TypeProto TypeOf(TensorProto value)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(value.Dims.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = value.DataType, Shape = shape } };
    }
}
