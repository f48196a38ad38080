using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Matrix products: fully connected layers, transformers' linear layers, attention.</summary>
public class ProductTests
{
    [Theory]
    [InlineData("", 8, 6)]
    [InlineData("transB=1", 6, 8)]
    [InlineData("transB=1 alpha=0.5 beta=2.0", 6, 8)]
    [InlineData("alpha=3.0", 8, 6)]
    [InlineData("beta=0.5", 8, 6)]
    [InlineData("transB=1", 8, 8)]
    [InlineData("", 8, 8)]
    public void Gemm_runs_on_integers(string attributes, int rows, int columns)
    {
        var outputs = attributes.Contains("transB=1", StringComparison.Ordinal) ? rows : columns;
        var model = new ModelBuilder()
            .Input("x", 1, 8)
            .Random("w", rows, columns)
            .Random("b", outputs)
            .Node("Gemm", ["x", "w", "b"], "a", attributes)
            .Gemm("a", "y", outputs, 3)
            .Output("y");

        Quantized.Of(model).Expect("QGemm×2", sqnrDb: 35);
    }

    [Theory]
    [InlineData(new long[] { })]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 1, 6 })]
    [InlineData(null)]
    public void The_bias_of_Gemm_may_be_missing_or_of_any_shape(long[]? shape)
    {
        var model = new ModelBuilder().Input("x", 1, 8).Random("w", 8, 6);
        if (shape is not null)
            model.Random("b", shape);
        model.Node("Gemm", shape is null ? ["x", "w"] : ["x", "w", "b"], "y").Output("y");

        Quantized.Of(model).Expect("QGemm×1", sqnrDb: 35);
    }

    [Fact]
    public void Gemm_of_a_transposed_activation_runs_on_integers()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 8)
            .Gemm("x", "a", 8, 6)
            .Random("w", 1, 4)
            .Node("Gemm", ["a", "w"], "b", "transA=1")
            .Gemm("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("QGemm×3 Transpose×1");
    }

    [Fact]
    public void Gemm_with_a_bias_from_an_activation_is_a_product_and_a_sum()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 8)
            .Gemm("x", "a", 8, 8)
            .Random("w", 8, 8)
            .Node("Gemm", ["a", "w", "x"], "b")
            .Gemm("b", "y", 8, 2)
            .Output("y");

        Quantized.Of(model).Expect("QGemm×3 QLinearAdd×1");
    }

    [Theory]
    [InlineData(new long[] { 1, 8 })]
    [InlineData(new long[] { 1, 5, 8 })]
    [InlineData(new long[] { 1, 2, 5, 8 })]
    public void MatMul_with_a_constant_matrix_runs_on_integers(long[] input)
    {
        foreach (var columns in new[] { 6, 8 })
        {
            var model = new ModelBuilder()
                .Input("x", input)
                .Random("w", 8, columns)
                .Node("MatMul", ["x", "w"], "y")
                .Output("y");

            Quantized.Of(model).Expect("QLinearMatMul×1", sqnrDb: 35);
        }
    }

    [Theory]
    [InlineData(new long[] { 1, 5, 8 }, false)]
    [InlineData(new long[] { 1, 5, 8 }, true)]
    [InlineData(new long[] { -1, 5, 8 }, false)]
    [InlineData(new long[] { -1, -1, 8 }, false)]
    [InlineData(new long[] { 1, 2, 5, 8 }, false)]
    public void MatMul_and_the_Add_of_a_bias_are_one_layer_with_an_integer_bias(long[] input, bool biasFirst)
    {
        var model = new ModelBuilder()
            .Input("x", input)
            .Random("w", 8, 6)
            .Between("b", -3, 3, 6)
            .Node("MatMul", ["x", "w"], "a")
            .Node("Add", biasFirst ? ["b", "a"] : ["a", "b"], "c")
            .Node("Relu", ["c"], "d")
            .Random("w2", 6, 8)
            .Node("MatMul", ["d", "w2"], "y")
            .Output("y");

        var quantized = Quantized.Of(model);

        Assert.Equal(["a", "y"], quantized.Report.Layers.Select(layer => layer.Name));
        quantized.Expect("QGemm×1 QLinearMatMul×1 Reshape×2", sqnrDb: 35);
    }

    [Fact]
    public void Two_activations_are_multiplied_as_integers()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 6, 8)
            .Random("q", 8, 8).Random("k", 8, 8)
            .Node("MatMul", ["x", "q"], "a")
            .Node("MatMul", ["x", "k"], "b")
            .Node("Transpose", ["b"], "c", "perm=0,2,1")
            .Node("MatMul", ["a", "c"], "s")
            .Node("Softmax", ["s"], "p", "axis=-1")
            .Node("MatMul", ["p", "x"], "y")
            .Output("y");

        Quantized.Of(model).Expect("QLinearMatMul×4 QLinearSoftmax×1 Transpose×1", sqnrDb: 28);
    }

    [Theory]
    [InlineData(new long[] { 4, 6 }, "QLinearMatMul×2 Transpose×2")]
    [InlineData(new long[] { 1, 4, 6 }, "QLinearMatMul×2 Transpose×2")]
    [InlineData(new long[] { 6 }, "QLinearMatMul×2 Squeeze×1 Transpose×2")]
    public void A_constant_on_the_left_runs_on_integers(long[] shape, string integers)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 6, 8)
            .Random("w", 8, 8)
            .Random("c", shape)
            .Node("MatMul", ["x", "w"], "a")
            .Node("MatMul", ["c", "a"], "y")
            .Output("y");

        Quantized.Of(model).Expect(integers);
    }

    [Theory]
    [InlineData(new long[] { 1, 8, 6 }, "QLinearMatMul×2")]
    [InlineData(new long[] { 3, 8, 6 }, "QLinearMatMul×2 Reshape×1 Transpose×1")]
    [InlineData(new long[] { 8 }, "QLinearMatMul×2 Squeeze×1")]
    public void Constants_on_the_right_of_other_ranks_run_on_integers(long[] shape, string integers)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 6, 8)
            .Random("w", 8, 8)
            .Random("c", shape)
            .Node("MatMul", ["x", "w"], "a")
            .Node("MatMul", ["a", "c"], "y")
            .Output("y");

        Quantized.Of(model).Expect(integers);
    }
}
