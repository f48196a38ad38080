using QuantFunctional.Onnx.Format;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>An excluded node runs on real numbers, although ONNX Runtime would quantize some by itself.</summary>
public class ExclusionTests
{
    [Theory]
    [InlineData("first", "f", "QLinearAdd×1 QLinearConv×1 QGemm×1", "Conv×1")]
    [InlineData("second", "c", "QLinearAdd×1 QLinearConv×1 QGemm×1", "Conv×1 Max×1")]
    [InlineData("sum", "a", "QLinearConv×2 QGemm×1", "Add×1 Max×1")]
    [InlineData("pool", "p", "QLinearAdd×1 QLinearConv×2 QGemm×1", "Max×2 MaxPool×1")]
    [InlineData("mean", "m", "QLinearAdd×1 QLinearConv×2 QGemm×1", "GlobalAveragePool×1 Max×1")]
    [InlineData("flat", "l", "QLinearAdd×1 QLinearConv×2 QGemm×1", "Flatten×1 Max×1")]
    [InlineData("head", "y", "QLinearAdd×1 QLinearConv×2", "Gemm×1 Max×1")]
    public void An_excluded_node_stays_in_float_by_name_and_by_first_output(
        string name, string output, string integers, string floats)
    {
        var unnamed = Quantized.Of(Network(named: false), with: r => r with { Exclude = [output] });
        var named = Quantized.Of(Network(named: true), with: r => r with { Exclude = [name] });
        var byOutput = Quantized.Of(Network(named: true), with: r => r with { Exclude = [output] });

        foreach (var quantized in new[] { unnamed, named, byOutput })
        {
            Assert.Equal(floats, quantized.Floats);
            foreach (var kernel in integers.Split(' '))
                Assert.Contains(kernel, quantized.Integers);
            Assert.Contains("excluded by the user", quantized.LeftInFloat);
            quantized.ExpectNear(28).ExpectSameWhenOptimized();
        }
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("BatchNormalization")]
    public void Whoever_excludes_what_was_folded_into_a_layer_excludes_the_layer_or_what_is_left(string op)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "a", 2, 4);
        model = op == "Relu" ? model.Node("Relu", ["a"], "b") : model.BatchNormalization("a", "b", 4);
        model.Conv("b", "y", 4, 2).Output("y");

        var quantized = Quantized.Of(model, with: r => r with { Exclude = ["b"] });

        var left = op == "Relu" ? "b (Relu)" : "a (Conv)";
        Assert.Equal($"{left}: excluded by the user", quantized.LeftInFloat);
        quantized.ExpectNear(28).ExpectSameWhenOptimized();
    }

    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void A_product_with_a_bias_can_be_excluded_by_either_of_its_nodes(string excluded)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 5, 8)
            .Random("w", 8, 8).Random("b", 8)
            .Node("MatMul", ["x", "w"], "a")
            .Node("Add", ["a", "b"], "c")
            .Node("MatMul", ["c", "w"], "y")
            .Output("y");

        var quantized = Quantized.Of(model, with: r => r with { Exclude = [excluded] });

        var left = excluded == "a" ? "a (MatMul)" : "c (Add)";
        Assert.Contains($"{left}: excluded by the user", quantized.LeftInFloat);
        Assert.Equal(excluded == "a" ? "MatMul×1" : "Add×1 Max×1", quantized.Floats);
        quantized.ExpectNear(30).ExpectSameWhenOptimized();
    }

    [Theory]
    [InlineData("Sigmoid")]
    [InlineData("Softmax")]
    [InlineData("LeakyRelu")]
    [InlineData("Transpose")]
    public void Excluded_curves_and_movers_stay_in_float(string op)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 4, 8, 8)
            .Conv("x", "a", 4, 4)
            .Node(op, ["a"], "b", op == "Transpose" ? "perm=0,1,3,2" : "")
            .Conv("b", "y", 4, 2)
            .Output("y");

        var quantized = Quantized.Of(model, with: r => r with { Exclude = ["b"] });

        Assert.Equal("QLinearConv×2", quantized.Integers);
        Assert.Contains($"{op}×1", quantized.Floats);
        quantized.ExpectNear(28).ExpectSameWhenOptimized();
    }

    [Fact]
    public void Every_node_can_be_excluded_but_one()
    {
        var quantized = Quantized.Of(
            Network(named: true), with: r => r with { Exclude = ["first", "sum", "pool", "mean", "flat", "head"] });

        Assert.Equal("QLinearConv×1", quantized.Integers);
        quantized.ExpectNear(30).ExpectSameWhenOptimized();
    }

    /// <summary>A small residual network; the outputs of its nodes have other names than its nodes.</summary>
    private static ModelBuilder Network(bool named)
    {
        return new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "f", [4, 2, 3, 3], Called("first", "pads=1,1,1,1"))
            .Node("Relu", ["f"], "r", Called("relu"))
            .Conv("r", "c", [4, 4, 3, 3], Called("second", "pads=1,1,1,1"))
            .Node("Add", ["r", "c"], "a", Called("sum"))
            .Node("MaxPool", ["a"], "p", Called("pool", "kernel_shape=2,2"))
            .Node("GlobalAveragePool", ["p"], "m", Called("mean"))
            .Node("Flatten", ["m"], "l", Called("flat"))
            .Random("w", 4, 3)
            .Node("Gemm", ["l", "w"], "y", Called("head"))
            .Output("y");

        Action<NodeProto> Called(string name, string attributes = "") => node =>
        {
            node.Name = named ? name : "";
            node.Set(attributes);
        };
    }
}
