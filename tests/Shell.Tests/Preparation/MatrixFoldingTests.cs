using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class MatrixFoldingTests
{
    [Theory]
    [InlineData(new long[] { 4 })]
    [InlineData(new long[] { 1, 4 })]
    [InlineData(new long[] { 1 })]
    public void A_product_of_matrices_and_its_bias_become_one_Gemm(long[] bias)
    {
        var model = MatMul(-1, 3).Random("b", bias).Node("Add", ["m", "b"], "y").Output("y", -1, 4);

        var prepared = Check.Prepared(model, free: 5);

        Assert.Equal("Gemm", Check.Operators(prepared));
        Assert.Equal([4L], new GraphIndex(prepared.Graph).Initializer(prepared.Graph.Node[0].Input[2])!.Dims);
    }

    [Fact]
    public void Batch_normalization_after_a_product_and_its_bias_goes_in_too()
    {
        var model = MatMul(2, 3).Random("b", 4).Node("Add", ["b", "m"], "a")
            .BatchNormalization("a", "y", 4).Output("y", 2, 4);

        Assert.Equal("Gemm", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_product_without_bias_or_of_higher_rank_stays()
    {
        var bare = MatMul(2, 3).Node("Relu", ["m"], "y").Output("y", 2, 4);
        var batched = MatMul(2, 5, 3).Random("b", 4).Node("Add", ["m", "b"], "y").Output("y", 2, 5, 4);

        Assert.Equal("MatMul Relu", Check.Operators(Check.Prepared(bare)));
        Assert.Equal("MatMul Add", Check.Operators(Check.Prepared(batched)));
    }

    [Theory]
    [InlineData(0, new long[] { 4 })]
    [InlineData(1, new long[] { 4 })]
    [InlineData(1, new long[] { 1, 4 })]
    [InlineData(0, new long[] { })]
    [InlineData(0, new long[] { 1, 1 })]
    public void Alpha_and_beta_and_batch_normalization_go_into_Gemm(long transB, long[] bias)
    {
        var model = new ModelBuilder().Input("x", 2, 3).Random("w", transB == 1 ? [4, 3] : [3, 4]).Random("b", bias)
            .Node("Gemm", ["x", "w", "b"], "g", Scaled(transB)).BatchNormalization("g", "y", 4).Output("y", 2, 4);

        var prepared = Check.Prepared(model);

        Assert.Equal("Gemm", Check.Operators(prepared));
        Assert.False(prepared.Graph.Node[0].Has("alpha") || prepared.Graph.Node[0].Has("beta"));
    }

    [Fact]
    public void A_bias_that_is_not_constant_keeps_its_factor_and_what_follows()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Input("b", 2, 4).Random("w", 3, 4)
            .Node("Gemm", ["x", "w", "b"], "g", Scaled(0)).BatchNormalization("g", "y", 4).Output("y", 2, 4);

        var prepared = Check.Prepared(model);

        Assert.Equal("Gemm Mul Add BatchNormalization", Check.Operators(prepared));
        Assert.False(prepared.Graph.Node[0].Has("alpha"));
    }

    [Fact]
    public void A_bias_per_row_is_no_bias_of_the_channels()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Random("w", 3, 4).Random("b", 2, 1)
            .Node("Gemm", ["x", "w", "b"], "g").BatchNormalization("g", "y", 4).Output("y", 2, 4);

        Assert.Equal("Gemm Add BatchNormalization", Check.Operators(Check.Prepared(model)));
    }

    private static Action<QuantFunctional.Onnx.Format.NodeProto> Scaled(long transB) => node =>
    {
        node.SetFloat("alpha", 0.3f);
        node.SetFloat("beta", 1.7f);
        node.SetInt("transB", transB);
    };

    private static ModelBuilder MatMul(params long[] input) =>
        new ModelBuilder().Input("x", input).Random("w", 3, 4).Node("MatMul", ["x", "w"], "m");
}
