using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace Shell.Tests.Support;

/// <summary>Builds tiny ONNX models in code; call order is file order.</summary>
internal sealed class ModelBuilder
{
    private readonly ModelProto _proto;

    internal ModelBuilder(long opset = 13, long ir = 8)
    {
        _proto = new ModelProto { IrVersion = ir, Graph = new GraphProto { Name = "test" } };
        Opset("", opset);
    }

    internal ModelBuilder Opset(string domain, long version)
    {
        _proto.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        return this;
    }

    /// <summary>A float32 input; -1 is a free dimension.</summary>
    internal ModelBuilder Input(string name, params long[] dims) =>
        Input(name, TensorProto.Types.DataType.Float, dims);

    internal ModelBuilder Input(string name, TensorProto.Types.DataType type, params long[] dims)
    {
        _proto.Graph.Input.Add(Value(name, type, dims));
        return this;
    }

    /// <summary>A float32 output; -1 is a free dimension.</summary>
    internal ModelBuilder Output(string name, params long[] dims) =>
        Output(name, TensorProto.Types.DataType.Float, dims);

    internal ModelBuilder Output(string name, TensorProto.Types.DataType type, params long[] dims)
    {
        _proto.Graph.Output.Add(Value(name, type, dims));
        return this;
    }

    internal ModelBuilder Initializer(TensorProto tensor)
    {
        _proto.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>A float32 initializer.</summary>
    internal ModelBuilder Floats(string name, long[] dims, params float[] values) =>
        Initializer(TensorData.Make(name, dims, values));

    /// <summary>An int64 initializer of rank 1.</summary>
    internal ModelBuilder Longs(string name, params long[] values) =>
        Initializer(TensorData.Make(name, [values.Length], values));

    /// <summary>A float32 initializer of numbers between -1 and 1 that depend on the name only.</summary>
    internal ModelBuilder Random(string name, params long[] dims) => Between(name, -1, 1, dims);

    /// <summary>A float32 initializer of numbers between two bounds that depend on the name only.</summary>
    internal ModelBuilder Between(string name, float low, float high, params long[] dims)
    {
        var seed = name.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
        var random = new Random(seed);
        var values = new float[dims.Aggregate(1L, (product, dim) => product * dim)];
        for (var i = 0; i < values.Length; i++)
            values[i] = low + ((high - low) * random.NextSingle());
        return Initializer(TensorData.Make(name, dims, values));
    }

    internal ModelBuilder Node(string opType, string[] inputs, string output, Action<NodeProto>? more = null) =>
        Node(opType, inputs, [output], more);

    internal ModelBuilder Node(string opType, string[] inputs, string[] outputs, Action<NodeProto>? more = null)
    {
        var node = new NodeProto { OpType = opType, Input = { inputs }, Output = { outputs } };
        more?.Invoke(node);
        _proto.Graph.Node.Add(node);
        return this;
    }

    /// <summary>Adds what another method adds.</summary>
    internal ModelBuilder Also(Func<ModelBuilder, ModelBuilder> more) => more(this);

    /// <summary>An If on a scalar condition; each branch is a model whose nodes read the tensors around it.</summary>
    internal ModelBuilder If(string condition, string output, ModelBuilder then, ModelBuilder other) =>
        Node("If", [condition], output, node =>
        {
            node.SetGraph("then_branch", then._proto.Graph.Clone());
            node.SetGraph("else_branch", other._proto.Graph.Clone());
        });

    /// <summary>A function of the model, whose body is a model's nodes.</summary>
    internal ModelBuilder Function(
        string name, string[] inputs, string[] outputs, ModelBuilder body, Action<FunctionProto>? more = null)
    {
        var function = new FunctionProto
        {
            Domain = "local",
            Name = name,
            Input = { inputs },
            Output = { outputs },
            Node = { body._proto.Graph.Node },
            OpsetImport = { body._proto.OpsetImport },
        };
        more?.Invoke(function);
        _proto.Functions.Add(function);
        if (_proto.OpsetImport.All(import => import.Domain != "local"))
            Opset("local", 1);
        return this;
    }

    /// <summary>A call of one of the model's functions.</summary>
    internal ModelBuilder Call(string function, string[] inputs, string output, Action<NodeProto>? more = null) =>
        Node(function, inputs, output, node =>
        {
            node.Domain = "local";
            more?.Invoke(node);
        });

    /// <summary>BatchNormalization of C channels with made-up statistics, named after the output.</summary>
    internal ModelBuilder BatchNormalization(
        string input, string output, long channels, Action<NodeProto>? more = null) =>
        Between(output + ".scale", 0.5f, 2f, channels)
            .Random(output + ".shift", channels)
            .Random(output + ".mean", channels)
            .Between(output + ".var", 0.25f, 4f, channels)
            .Node("BatchNormalization",
                [input, output + ".scale", output + ".shift", output + ".mean", output + ".var"], output,
                node =>
                {
                    node.SetFloat("epsilon", 1e-3f);
                    more?.Invoke(node);
                });

    internal OnnxModel Build() => new("test.onnx", _proto.Clone());

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, long[] dims)
    {
        var shape = new TensorShapeProto();
        for (var i = 0; i < dims.Length; i++)
        {
            shape.Dim.Add(dims[i] < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = $"{name}_{i}" }
                : new TensorShapeProto.Types.Dimension { DimValue = dims[i] });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
