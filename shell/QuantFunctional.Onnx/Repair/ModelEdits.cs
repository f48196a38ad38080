using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;

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

    /// <summary>
    /// Puts integers in the place of a QuantizeLinear of real weights, which training with quantization leaves; the real
    /// weights go where nothing else reads them.
    /// </summary>
    internal void Fold(NodeProto quantize)
    {
        var real = quantize.Input[0];
        ConstantQuantizers.Fold(_editor, node => ReferenceEquals(node, quantize));
        if (Reads(real) == 0 && Index.Initializer(real) is { } unread)
            _editor.Graph.Initializer.Remove(unread);
        _editor.Changed();
    }

    /// <summary>Lets a place read another value: in the old one's stead where nothing else reads that, else beside it.</summary>
    internal void Replace(Slot slot, TensorProto value)
    {
        if (slot.Tensor.Length > 0 && IsReadAlone(slot))
            Overwrite(slot.Tensor, value);
        else
            Add(slot, value);
    }

    /// <summary>
    /// Lets several places read other values, those that read one tensor still one tensor: in the old one's stead where
    /// nothing else reads that, else beside it.
    /// </summary>
    internal void ReplaceTogether(IEnumerable<Slot> slots, Func<TensorProto, TensorProto> value)
    {
        foreach (var places in slots.GroupBy(slot => slot.Tensor).Select(group => group.ToList()).ToList())
        {
            var changed = value(Constant(places[0].Tensor)!);
            if (places.Count == Reads(places[0].Tensor))
            {
                Overwrite(places[0].Tensor, changed);
                continue;
            }

            Add(places[0], changed);
            foreach (var place in places.Skip(1))
                place.Node.Input[place.Input] = places[0].Tensor;
            _editor.Changed();
        }
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

    private void Overwrite(string tensor, TensorProto value)
    {
        value.Name = tensor;
        if (Index.Producer(tensor) is { } constant)
        {
            constant.Attribute.Clear();
            constant.SetTensor("value", value);
        }
        else
        {
            var initializers = _editor.Graph.Initializer;
            initializers[initializers.IndexOf(Index.Initializer(tensor)!)] = value;
            List(tensor, value);
        }

        ForgetShape(tensor);
        _editor.Changed();
    }

    private void Add(Slot slot, TensorProto value)
    {
        value.Name = slot.Tensor.Length > 0 ? slot.Tensor : $"{slot.Node.DisplayName()}_zero_point";
        var name = _editor.AddInitializer(value);
        while (slot.Node.Input.Count <= slot.Input)
            slot.Node.Input.Add("");
        slot.Node.Input[slot.Input] = name;
        if (Model.Proto.IrVersion < FirstIrOfOwnInitializers)
            _editor.Graph.Input.Add(new ValueInfoProto { Name = name, Type = TypeOf(value) });
        _editor.Changed();
    }

    /// <summary>How many places read a tensor; more than there are where it leaves the graph or a nested graph reads it.</summary>
    private int Reads(string tensor) =>
        _editor.IsReadInBody(tensor) || Index.IsGraphOutput(tensor)
            ? int.MaxValue
            : Index.Consumers(tensor).Sum(node => node.Input.Count(input => input == tensor));

    /// <summary>Whether this place alone reads its tensor.</summary>
    private bool IsReadAlone(Slot slot) => Reads(slot.Tensor) == 1;

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
