using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Products whose constant does not stand where a layer has it.</summary>
public class ProductFormTests
{
    [Theory]
    [InlineData(new long[] { 4, 6 }, new long[] { 6 }, "MatMul")]
    [InlineData(new long[] { 4, 6 }, new long[] { 6, 5 }, "Transpose MatMul Transpose")]
    [InlineData(new long[] { 4, 6 }, new long[] { 2, 6, 5 }, "Transpose MatMul Transpose")]
    [InlineData(new long[] { 4, 6 }, new long[] { 2, 3, 6, 5 }, "Transpose MatMul Transpose")]
    [InlineData(new long[] { 1, 4, 6 }, new long[] { 2, 6, 5 }, "Transpose MatMul Transpose")]
    [InlineData(new long[] { 3, 4, 6 }, new long[] { 3, 6, 5 }, "Transpose Transpose Reshape Conv Reshape Transpose Transpose")]
    public void A_constant_on_the_left_goes_to_the_right(long[] weight, long[] input, string operators)
    {
        var model = new ModelBuilder().Input("x", input).Random("w", weight).Node("MatMul", ["w", "x"], "y").Output("y");

        Assert.Equal(operators, Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
    }

    [Theory]
    [InlineData(new long[] { 6 }, new long[] { 5, 6 }, false, "MatMul Squeeze")]
    [InlineData(new long[] { 6 }, new long[] { 2, 3, 5, 6 }, false, "MatMul Squeeze")]
    [InlineData(new long[] { 6 }, new long[] { 2, 6, 5 }, true, "Transpose MatMul Transpose Squeeze")]
    [InlineData(new long[] { 6 }, new long[] { 6, 5 }, true, "Transpose MatMul Transpose Squeeze")]
    [InlineData(new long[] { 6 }, new long[] { 6 }, false, "MatMul")]
    public void A_constant_vector_is_a_matrix_of_one_row_or_column(long[] vector, long[] input, bool isLeft, string operators)
    {
        var model = new ModelBuilder().Input("x", input).Random("v", vector).Node("MatMul", isLeft ? ["v", "x"] : ["x", "v"], "y").Output("y");

        Assert.Equal(operators, Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
    }

    [Theory]
    [InlineData(new long[] { 1, 3, 6, 4 }, new long[] { 2, 3, 5, 6 }, "Transpose Reshape Conv Reshape Transpose")]
    [InlineData(new long[] { 1, 6, 4 }, new long[] { 2, 5, 6 }, "MatMul")]
    [InlineData(new long[] { 3, 6, 4 }, new long[] { 3, 5, 6 }, "Transpose Reshape Conv Reshape Transpose")]
    [InlineData(new long[] { 3, 6, 4 }, new long[] { 2, 3, 5, 6 }, "Transpose Reshape Conv Reshape Transpose")]
    [InlineData(new long[] { 2, 3, 6, 4 }, new long[] { 2, 3, 5, 6 }, "Transpose Reshape Conv Reshape Transpose")]
    [InlineData(new long[] { 3, 6, 4 }, new long[] { 5, 6 }, "MatMul Reshape Transpose")]
    [InlineData(new long[] { 3, 6, 4 }, new long[] { 1, 5, 6 }, "MatMul Reshape Transpose")]
    public void Several_matrices_become_one_layer(long[] weight, long[] input, string operators)
    {
        var model = new ModelBuilder().Input("x", input).Random("w", weight).Node("MatMul", ["x", "w"], "y");

        Assert.Equal(operators, Check.Operators(Check.Prepared(model.Output("y"), tolerance: 1e-5)));
    }

    [Theory]
    [InlineData("bij,jk->bik", new long[] { 2, 5, 6 }, new long[] { 6, 4 }, "MatMul")]
    [InlineData("bij,kj->bki", new long[] { 2, 5, 6 }, new long[] { 4, 6 }, "MatMul Transpose")]
    [InlineData("bthd,hde->bte", new long[] { 2, 3, 2, 4 }, new long[] { 2, 4, 5 }, "Reshape MatMul")]
    [InlineData("bte,ehd->bthd", new long[] { 2, 3, 5 }, new long[] { 5, 2, 4 }, "MatMul Reshape")]
    [InlineData("bhtd,hde->bhte", new long[] { 2, 3, 5, 4 }, new long[] { 3, 4, 6 }, "Transpose Reshape Transpose Reshape Conv Reshape Transpose Reshape Transpose")]
    [InlineData("...i,io->...o", new long[] { 2, 3, 6 }, new long[] { 6, 4 }, "MatMul")]
    [InlineData("ij,jk", new long[] { 5, 6 }, new long[] { 6, 4 }, "MatMul")]
    [InlineData("oi,bi->bo", null, new long[] { 2, 6 }, "MatMul")]
    public void An_Einsum_with_a_constant_is_a_product(string equation, long[]? left, long[] right, string operators)
    {
        var model = left is null
            ? new ModelBuilder().Input("x", right).Random("w", 4, 6).Node("Einsum", ["w", "x"], "y", n => n.SetString("equation", equation))
            : new ModelBuilder().Input("x", left).Random("w", right).Node("Einsum", ["x", "w"], "y", n => n.SetString("equation", equation));

        Assert.Equal(operators, Check.Operators(Check.Prepared(model.Output("y"), tolerance: 1e-5)));
    }

    [Theory]
    [InlineData("bhid,bhjd->bhij", "Transpose MatMul")]
    [InlineData("bihd,bjhd->bhij", "Transpose Transpose MatMul")]
    [InlineData("bhid,bhjd->bihj", "Transpose MatMul Transpose")]
    public void An_Einsum_of_two_activations_is_a_product(string equation, string operators)
    {
        var model = new ModelBuilder().Input("x", 2, 3, 3, 4).Input("z", 2, 3, 3, 4)
            .Node("Einsum", ["x", "z"], "y", n => n.SetString("equation", equation)).Output("y");

        Assert.Equal(operators, Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
    }

    [Theory]
    [InlineData("ij,ij->ij")]
    [InlineData("ii,ij->j")]
    [InlineData("ij,jk->i")]
    public void An_Einsum_that_is_no_product_stays(string equation)
    {
        var model = new ModelBuilder().Input("x", 4, 4).Random("w", 4, 4)
            .Node("Einsum", ["x", "w"], "y", n => n.SetString("equation", equation)).Output("y");

        Assert.Equal("Einsum", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("transA=1", null, "Transpose Gemm")]
    [InlineData("transA=1 transB=1 alpha=0.5", new long[] { 4 }, "Transpose Gemm")]
    [InlineData("", new long[] { 5, 4 }, "Gemm Add")]
    [InlineData("beta=0.5", new long[] { 5, 1 }, "Gemm Mul Add")]
    public void A_Gemm_keeps_what_a_layer_has_and_does_the_rest_apart(string attributes, long[]? bias, string operators)
    {
        var isTransposed = attributes.Contains("transB", StringComparison.Ordinal);
        var model = new ModelBuilder().Input("x", attributes.Contains("transA", StringComparison.Ordinal) ? [6, 5] : [5, 6])
            .Random("w", isTransposed ? [4, 6] : [6, 4]);
        // a constant times beta is a constant, so the added tensor is one that runs
        if (bias is [5, ..])
            model.Input("b", bias);
        else if (bias is not null)
            model.Random("b", bias);
        model.Node("Gemm", bias is null ? ["x", "w"] : ["x", "w", "b"], "y", attributes).Output("y");

        Assert.Equal(operators, Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
    }

    [Fact]
    public void A_Gemm_of_activations_is_a_MatMul()
    {
        var model = new ModelBuilder().Input("x", 6, 5).Input("z", 4, 6).Input("b", 4)
            .Node("Gemm", ["x", "z", "b"], "y", "transA=1 transB=1 alpha=0.5 beta=2.0").Output("y");

        Assert.Equal("Mul Transpose Transpose MatMul Mul Add", Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
    }

    [Fact]
    public void A_bias_of_each_row_goes_with_the_constant_on_the_left()
    {
        var model = new ModelBuilder().Input("x", 1, 6, 5).Random("w", 4, 6).Random("b", 4, 1)
            .Node("MatMul", ["w", "x"], "p").Node("Add", ["p", "b"], "y").Output("y", 1, 4, 5);

        Assert.Equal("Transpose MatMul Add Transpose", Check.Operators(Check.Prepared(model, tolerance: 1e-5)));
        Quantized.Of(model).Expect("QGemm×1 Reshape×2 Transpose×2", sqnrDb: 35);
    }

    [Fact]
    public void All_of_them_run_on_integers()
    {
        var model = new ModelBuilder().Input("x", 1, 3, 5, 6).Random("w1", 3, 6, 4).Random("w2", 5, 5)
            .Node("MatMul", ["x", "w1"], "a").Node("MatMul", ["w2", "a"], "b").Random("w3", 4, 3)
            .Node("Einsum", ["b", "w3"], "y", n => n.SetString("equation", "bhtd,de->bteh")).Output("y");

        Assert.Equal("", Quantized.Of(model).ExpectNear(32).Floats);
    }
}
