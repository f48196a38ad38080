using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Layers that ONNX Runtime's optimizer has fused in a float file.</summary>
public class ContribFusionTests
{
    [Theory]
    [InlineData("Relu", new float[] { }, "Conv Relu Conv")]
    [InlineData("LeakyRelu", new float[] { 0.25f }, "Conv LeakyRelu Conv")]
    [InlineData("Clip", new float[] { -0.25f, 0.5f }, "Conv Clip Conv")]
    [InlineData("HardSigmoid", new float[] { 0.25f, 0.5f }, "Conv HardSigmoid Conv")]
    public void A_FusedConv_is_a_Conv_and_its_activation(string activation, float[] values, string operators)
    {
        var model = Fused(activation, values, added: false);

        Assert.Equal(operators, Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void What_a_FusedConv_adds_stands_before_its_activation()
    {
        var model = Fused("Relu", [], added: true);

        Assert.Equal("Conv Conv Add Relu Conv", Check.Operators(Check.Prepared(model)));
        Quantized.Of(Fused("Relu", [], added: true)).ExpectNear(30);
    }

    [Fact]
    public void A_FusedGemm_and_a_FusedMatMul_run_on_integers()
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 8).Random("w", 8, 6).Random("b", 6).Random("w2", 6, 4)
            .Node("FusedGemm", ["x", "w", "b"], "a", node =>
            {
                node.Domain = "com.microsoft";
                node.SetString("activation", "Relu");
            })
            .Node("FusedMatMul", ["a", "w2"], "y", node =>
            {
                node.Domain = "com.microsoft";
                node.SetFloat("alpha", 0.5f);
            })
            .Output("y", 1, 4);

        Assert.Equal("Gemm Relu Gemm", Check.Operators(Check.Prepared(model)));
        Assert.Equal("", Quantized.Of(model).ExpectNear(30).Floats);
    }

    [Fact]
    public void A_FusedMatMul_that_transposes_stays()
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 2, 8).Random("w", 6, 8).Random("w2", 6, 4)
            .Node("FusedMatMul", ["x", "w"], "a", node =>
            {
                node.Domain = "com.microsoft";
                node.SetInt("transB", 1);
            })
            .Node("MatMul", ["a", "w2"], "y").Output("y", 2, 4);

        Assert.Equal("FusedMatMul MatMul", Check.Operators(Check.Prepared(model)));
    }

    private static ModelBuilder Fused(string activation, float[] values, bool added)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 5, 5).Random("w", 4, 2, 1, 1).Random("b", 4).Random("w2", 2, 4, 1, 1);
        if (added)
            model.Random("k", 4, 2, 1, 1).Node("Conv", ["x", "k"], "z");
        string[] inputs = added ? ["x", "w", "b", "z"] : ["x", "w", "b"];
        return model.Node("FusedConv", inputs, "a", node =>
        {
            node.Domain = "com.microsoft";
            node.SetString("activation", activation);
            if (values.Length > 0)
                node.Attribute.Add(new AttributeProto { Name = "activation_params", Type = AttributeProto.Types.AttributeType.Floats, Floats = { values } });
        }).Node("Conv", ["a", "w2"], "y").Output("y", 1, 2, 5, 5);
    }
}
