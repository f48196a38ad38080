using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using QuantFunctional.Onnx.Format;

namespace QuantFunctional.Bench;

/// <summary>ONNX Runtime's QLinearConv of an integer layer, with unsigned activations: the stored ones and 128.</summary>
internal sealed class QLinearConvModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly OrtValue _input;
    private readonly OrtValue _output;
    private readonly byte[] _outputs;

    public QLinearConvModel(IntegerLayer layer, float inputStep, float weightStep, float outputStep, ByteTensor input, long[] outputSizes)
    {
        var shape = layer.Shape;
        var conv = new NodeProto
        {
            OpType = "QLinearConv",
            Input = { "x", "x_step", "x_zero", "w", "w_step", "w_zero", "y_step", "y_zero", "b" },
            Output = { "y" },
            Attribute =
            {
                Integers("kernel_shape", shape.KernelSizes),
                Integers("strides", layer.Geometry.Strides),
                Integers("pads", layer.Geometry.Pads),
                new AttributeProto { Name = "group", Type = AttributeProto.Types.AttributeType.Int, I = shape.Groups },
            },
        };
        var graph = new GraphProto
        {
            Name = "conv",
            Node = { conv },
            Input = { Tensor("x", input.Sizes.Select(size => (long)size)) },
            Output = { Tensor("y", outputSizes) },
            Initializer =
            {
                Constant("x_step", TensorProto.Types.DataType.Float, [], MemoryMarshal.AsBytes([inputStep])),
                Constant("x_zero", TensorProto.Types.DataType.Uint8, [], [(byte)(layer.Input.ZeroPoint + 128)]),
                Constant("w", TensorProto.Types.DataType.Int8, shape.Sizes.Select(size => (long)size), MemoryMarshal.AsBytes(layer.Weights.AsSpan())),
                Constant("w_step", TensorProto.Types.DataType.Float, [], MemoryMarshal.AsBytes([weightStep])),
                Constant("w_zero", TensorProto.Types.DataType.Int8, [], [0]),
                Constant("y_step", TensorProto.Types.DataType.Float, [], MemoryMarshal.AsBytes([outputStep])),
                Constant("y_zero", TensorProto.Types.DataType.Uint8, [], [(byte)(layer.OutputOffset + 128)]),
                Constant("b", TensorProto.Types.DataType.Int32, [shape.Channels], MemoryMarshal.AsBytes(layer.Bias.Select(bias => (int)bias).ToArray().AsSpan())),
            },
        };
        var model = new ModelProto
        {
            IrVersion = 8,
            OpsetImport = { new OperatorSetIdProto { Version = 13 } },
            Graph = graph,
        };
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(model.ToByteArray(), options);
        _binding = _session.CreateIoBinding();
        var bytes = input.Values.Select(value => (byte)(value + 128)).ToArray();
        _outputs = new byte[outputSizes.Aggregate(1L, (product, size) => product * size)];
        _input = OrtValue.CreateTensorValueFromMemory(bytes, [.. input.Sizes.Select(size => (long)size)]);
        _output = OrtValue.CreateTensorValueFromMemory(_outputs, outputSizes);
        _binding.BindInput("x", _input);
        _binding.BindOutput("y", _output);
    }

    /// <summary>The outputs as they are stored in 8 signed bits.</summary>
    public IEnumerable<sbyte> Outputs => _outputs.Select(value => (sbyte)(value - 128));

    public void Run() => _session.RunWithBinding(_options, _binding);

    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        _output.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private static AttributeProto Integers(string name, IEnumerable<int> values) => new()
    {
        Name = name,
        Type = AttributeProto.Types.AttributeType.Ints,
        Ints = { values.Select(value => (long)value) },
    };

    private static TensorProto Constant(
        string name, TensorProto.Types.DataType type, IEnumerable<long> sizes, ReadOnlySpan<byte> data) => new()
        {
            Name = name,
            DataType = (int)type,
            Dims = { sizes },
            RawData = ByteString.CopyFrom(data),
        };

    private static ValueInfoProto Tensor(string name, IEnumerable<long> sizes) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)TensorProto.Types.DataType.Uint8,
                Shape = new TensorShapeProto
                {
                    Dim = { sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }) },
                },
            },
        },
    };
}
