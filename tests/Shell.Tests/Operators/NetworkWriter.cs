using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Operators;

/// <summary>Puts layers around the one node of an operator test.</summary>
internal sealed class NetworkWriter
{
    private readonly ModelProto _model;
    private int _layers;

    internal NetworkWriter(ModelProto test)
    {
        _model = new ModelProto { IrVersion = Math.Max(test.IrVersion, 4), Graph = new GraphProto { Name = "network" } };
        _model.OpsetImport.Add(test.OpsetImport);
    }

    private GraphProto Graph => _model.Graph;

    /// <summary>A graph input with a batch of 1, and a layer whose output has the tensor's name.</summary>
    internal void Input(TensorProto tensor)
    {
        long[] dims = [1, .. tensor.Dims];
        var name = tensor.Name;
        Graph.Input.Add(Value(name, DataType.Float, dims));
        var layered = Layer(name, dims);
        // Reshape has meant the same in every opset, unlike Squeeze
        Graph.Initializer.Add(TensorData.Make($"{name}_shape", [tensor.Dims.Count], [.. tensor.Dims]));
        Graph.Node.Add(new NodeProto { OpType = "Reshape", Input = { layered, $"{name}_shape" }, Output = { $"{name}_data" } });
    }

    internal void Constant(TensorProto tensor) => Graph.Initializer.Add(tensor);

    internal void Operator(NodeProto node)
    {
        var inner = node.Clone();
        for (var i = 0; i < inner.Input.Count; i++)
        {
            if (Graph.Input.Any(input => input.Name == inner.Input[i]))
                inner.Input[i] = $"{inner.Input[i]}_data";
        }

        Graph.Node.Add(inner);
    }

    /// <summary>A layer behind the operator, where its result is real and has an axis to mix.</summary>
    internal void End(string output, TensorProto result, ValueInfoProto declared)
    {
        var isReal = TensorData.Type(result) == DataType.Float && result.Dims.Count > 0 && TensorData.Count(result) > 0;
        if (isReal)
            Graph.Output.Add(Value(Layer(output, [.. result.Dims]), DataType.Float, null));
        else
            Graph.Output.Add(Value(output, (DataType)declared.Type.TensorType.ElemType, null));
    }

    internal OnnxModel Complete(string name) => new(name, _model);

    /// <summary>A convolution of one place over axis 1, or a product over the last axis.</summary>
    private string Layer(string input, long[] dims)
    {
        var number = ++_layers;
        var (weight, output) = ($"layer_{number}.weight", $"layer_{number}");
        var isConv = dims.Length is >= 3 and <= 5;
        var size = isConv ? dims[1] : dims[^1];
        long[] shape = isConv ? [size, size, .. Enumerable.Repeat(1L, dims.Length - 2)] : [size, size];
        var random = new Random(number);
        float[] values = [.. Enumerable.Range(0, (int)(size * size)).Select(i =>
            (i / size == i % size ? 1f : 0f) + (0.02f / size * ((2 * random.NextSingle()) - 1)))];
        Graph.Initializer.Add(TensorData.Make(weight, shape, values));
        Graph.Node.Add(new NodeProto
        {
            OpType = isConv ? "Conv" : "MatMul",
            Name = output,
            Input = { input, weight },
            Output = { output },
        });
        return output;
    }

    private static ValueInfoProto Value(string name, DataType type, long[]? dims)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (dims is not null)
        {
            tensor.Shape = new TensorShapeProto
            {
                Dim = { dims.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) },
            };
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
