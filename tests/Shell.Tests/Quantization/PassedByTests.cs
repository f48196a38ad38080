using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Quantization;

/// <summary>Constants of few bits, and of a step for each block, in a float model.</summary>
public class PassedByTests
{
    [Theory]
    [InlineData("Int4", 0)]
    [InlineData("Uint4", 0)]
    [InlineData("Int8", 4)]
    [InlineData("Uint8", 4)]
    public void What_reads_them_stays_in_float_and_the_rest_is_quantized(string type, int block)
    {
        var model = new ModelBuilder(21, 10).Input("x", 1, 8).Gemm("x", "a", 8, 8)
            .Initializer(Weights(Enum.Parse<DataType>(type)))
            .Floats("s", block == 0 ? [6] : [8 / block, 6], [.. Enumerable.Repeat(0.05f, block == 0 ? 6 : 8 / block * 6)])
            .Node("DequantizeLinear", ["w", "s"], "d", node =>
            {
                node.SetInt("axis", block == 0 ? 1 : 0);
                if (block > 0)
                    node.SetInt("block_size", block);
            })
            .Node("MatMul", ["a", "d"], "m").Gemm("m", "y", 6, 3).Output("y");

        var quantized = Quantized.Of(model).ExpectNear(30);

        Assert.Equal("QGemm×2", quantized.Integers);
        Assert.Contains("m (MatMul): its weights are stored in fewer bits or in blocks already", quantized.LeftInFloat);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(26)]
    public void Swish_runs_on_integers_at_every_opset_that_has_it(long opset)
    {
        var model = new ModelBuilder(opset, 13).Input("x", 1, 2, 5, 5).Random("w", 4, 2, 3, 3).Node("Conv", ["x", "w"], "c")
            .Node("Swish", ["c"], "s", node => node.SetFloat("alpha", 1.5f)).Random("w2", 2, 4, 1, 1).Node("Conv", ["s", "w2"], "y").Output("y").Build();

        var prepared = QuantFunctional.Onnx.Preparation.ModelPreparation.Prepare(model);

        Assert.Equal("Conv Mul Sigmoid Mul Conv", Check.Operators(prepared));
    }

    private static TensorProto Weights(DataType type)
    {
        var isSigned = type is DataType.Int4 or DataType.Int8;
        var values = Enumerable.Range(0, 48).Select(i => (byte)((i * 7 % 15) - (isSigned ? 7 : 0))).ToArray();
        return type is DataType.Int8 or DataType.Uint8
            ? TensorData.Make("w", [8, 6], type, values)
            : TensorData.Make("w", [8, 6], type, [.. values.Chunk(2).Select(pair => (byte)((pair[0] & 15) | (pair[1] << 4)))]);
    }
}
