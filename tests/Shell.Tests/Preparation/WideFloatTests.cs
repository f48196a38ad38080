using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Preparation;

/// <summary>Models of float16, bfloat16 and double.</summary>
public class WideFloatTests
{
    [Theory]
    [InlineData("Float16", 2e-3)]
    [InlineData("Double", 1e-6)]
    public void Narrow_and_wide_tensors_within_a_float32_model_become_float32(string type, double tolerance)
    {
        var model = Within(Enum.Parse<DataType>(type), new ModelBuilder().Input("x", 2, 6)).Output("y", 2, 4);

        Assert.Equal("Gemm Relu", Check.Operators(Check.Prepared(model, tolerance)));
    }

    [Fact]
    public void Inputs_and_outputs_keep_their_types()
    {
        var model = new ModelBuilder().Input("x", DataType.Double, 2, 6).Initializer(Constant("w", DataType.Double, 6, 4))
            .Node("MatMul", ["x", "w"], "y").Output("y", DataType.Double, 2, 4).Build();

        var prepared = QuantFunctional.Onnx.Preparation.ModelPreparation.Prepare(model);

        Assert.Equal("Cast MatMul Cast", Check.Operators(prepared));
        Assert.Equal(model.Graph.Input, prepared.Graph.Input);
        Assert.Equal(model.Graph.Output, prepared.Graph.Output);
        Assert.Equal(DataType.Float, TensorData.Type(prepared.Graph.Initializer.Single()));
    }

    [Fact]
    public void A_double_beyond_float32_is_its_largest_number()
    {
        var mask = TensorData.Make("k", [2], DataType.Double, System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>([-1e300, 0.5]));
        var model = new ModelBuilder().Input("x", 2, 2).Initializer(mask).Node("Cast", ["x"], "d", n => n.SetInt("to", (long)DataType.Double))
            .Node("Max", ["d", "k"], "m").Node("Cast", ["m"], "y", n => n.SetInt("to", (long)DataType.Float)).Output("y", 2, 2);

        var prepared = Check.Prepared(model);

        Assert.Equal([-float.MaxValue, 0.5f], TensorData.Floats(prepared.Graph.Initializer.Single()));
    }

    [Fact]
    public void Branches_and_functions_are_widened_with_the_rest()
    {
        var body = new ModelBuilder().Node("Relu", ["u"], "v");
        var model = new ModelBuilder().Input("x", 2, 6).Function("F", ["u"], ["v"], body)
            .Node("ReduceMax", ["x"], "m", n => n.SetInt("keepdims", 0)).Floats("zero", [], 0).Node("Greater", ["m", "zero"], "c")
            .Node("Cast", ["x"], "h", n => n.SetInt("to", (long)DataType.Float16)).Call("F", ["h"], "r")
            .If("c", "i",
                new ModelBuilder().Node("Neg", ["r"], "t").Output("t", DataType.Float16, 2, 6),
                new ModelBuilder().Node("Identity", ["r"], "e").Output("e", DataType.Float16, 2, 6))
            .Node("Cast", ["i"], "y", n => n.SetInt("to", (long)DataType.Float)).Output("y", 2, 6);

        Assert.DoesNotContain("Cast", Check.Operators(Check.Prepared(model, 2e-3)));
    }

    [Theory]
    [InlineData("Float16")]
    [InlineData("Bfloat16")]
    [InlineData("Double")]
    public void Layers_of_them_are_quantized(string type)
    {
        var model = Within(Enum.Parse<DataType>(type), new ModelBuilder().Input("x", 1, 6)).Output("y", 1, 4);

        var quantized = Quantized.Of(model.Build(), Samples.Random(model.Build(), 6));

        Assert.Equal("QGemm×1", quantized.Integers);
    }

    private static ModelBuilder Within(DataType type, ModelBuilder model) => model
        .Initializer(Constant("w", type, 6, 4)).Initializer(Constant("b", type, 4))
        .Node("Cast", ["x"], "h", n => n.SetInt("to", (long)type))
        .Node("Gemm", ["h", "w", "b"], "g").Node("Relu", ["g"], "r")
        .Node("Cast", ["r"], "y", n => n.SetInt("to", (long)DataType.Float));

    private static TensorProto Constant(string name, DataType type, params long[] dims)
    {
        var values = TensorData.Floats(new ModelBuilder().Random(name, dims).Build().Graph.Initializer.Single());
        var bytes = type switch
        {
            DataType.Float16 => values.SelectMany(value => BitConverter.GetBytes((Half)value)),
            DataType.Bfloat16 => values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToInt32Bits(value) >> 16))),
            _ => values.SelectMany(value => BitConverter.GetBytes((double)value)),
        };
        return TensorData.Make(name, dims, type, bytes.ToArray());
    }
}
