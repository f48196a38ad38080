using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>What stands at the end of a network, or in the middle of attention.</summary>
public class HeadTests
{
    [Fact]
    public void A_classifier_ends_in_ArgMax_on_integers()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 8)
            .Gemm("x", "a", 8, 6)
            .Node("ArgMax", ["a"], "y", "axis=1")
            .Output("y", DataType.Int64);

        var quantized = Quantized.Of(model);

        Assert.Equal(("ArgMax×1 QGemm×1", ""), (quantized.Integers, quantized.Floats));
    }

    [Theory]
    [InlineData(7, -1)]
    [InlineData(13, 1)]
    [InlineData(13, -1)]
    public void A_classifier_ends_in_Softmax_in_steps_of_a_256th(long opset, int axis)
    {
        var model = new ModelBuilder(opset)
            .Input("x", 1, 8)
            .Gemm("x", "a", 8, 6)
            .Node("Softmax", ["a"], "y", $"axis={(opset < 13 ? 1 : axis)}")
            .Output("y");

        var quantized = Quantized.Of(model).Expect("QGemm×1 QLinearSoftmax×1");

        Assert.Equal([1f / 256], quantized.Floating(quantized.StepName("y_float")));
    }

    [Fact]
    public void A_layer_normalization_stays_in_float_as_a_whole()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 6, 8)
            .Random("w", 8, 8).Random("gain", 8).Floats("two", [], 2).Floats("epsilon", [], 1e-5f)
            .Node("MatMul", ["x", "w"], "a")
            .Node("ReduceMean", ["a"], "mean", "axes=2, keepdims=1")
            .Node("Sub", ["a", "mean"], "centred")
            .Node("Pow", ["centred", "two"], "squares")
            .Node("ReduceMean", ["squares"], "variance", "axes=2, keepdims=1")
            .Node("Add", ["variance", "epsilon"], "sum")
            .Node("Sqrt", ["sum"], "deviation")
            .Node("Div", ["centred", "deviation"], "normal")
            .Node("Mul", ["normal", "gain"], "y")
            .Output("y");

        var quantized = Quantized.Of(model)
            .Expect("QLinearMatMul×1 QLinearMul×1", "Add×1 Div×1 Pow×1 ReduceMean×2 Sqrt×1 Sub×1");

        Assert.Contains("part of a normalization", quantized.LeftInFloat, StringComparison.Ordinal);
    }
}
