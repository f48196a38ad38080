using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Sums, products and curves between layers.</summary>
public class ElementwiseTests
{
    [Theory]
    [InlineData("Add", "QLinearAdd×1 QLinearConv×3")]
    [InlineData("Mul", "QLinearConv×3 QLinearMul×1")]
    public void Two_activations_are_added_and_multiplied_in_integers(string op, string integers)
    {
        var model = Convolved("a")
            .Conv("x", "b", 2, 4)
            .Node(op, ["a", "b"], "c")
            .Conv("c", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect(integers);
    }

    [Theory]
    [InlineData("Add", "QLinearAdd×1")]
    [InlineData("Mul", "QLinearMul×1")]
    public void A_tensor_may_be_added_to_itself_and_multiplied_by_itself(string op, string integers)
    {
        var model = Convolved("a").Node(op, ["a", "a"], "y").Output("y");

        Quantized.Of(model).Expect(op == "Add" ? $"{integers} QLinearConv×1" : $"QLinearConv×1 {integers}");
    }

    // a second reader of a, and a pool before the next one, keep the constants from being folded into a convolution
    [Theory]
    [InlineData("Add", "QLinearAdd", new long[0], true)]
    [InlineData("Add", "QLinearAdd", new long[] { 1 }, true)]
    [InlineData("Add", "QLinearAdd", new long[] { 4, 1, 1 }, true)]
    [InlineData("Add", "QLinearAdd", new long[] { 1, 4, 1, 1 }, false)]
    [InlineData("Mul", "QLinearMul", new long[0], true)]
    [InlineData("Mul", "QLinearMul", new long[] { 4, 1, 1 }, false)]
    [InlineData("Mul", "QLinearMul", new long[] { 1, 4, 8, 8 }, true)]
    [InlineData("Sub", "QLinearAdd", new long[] { 4, 1, 1 }, true)]
    [InlineData("Div", "QLinearMul", new long[] { 4, 1, 1 }, true)]
    [InlineData("Div", "QLinearMul", new long[0], true)]
    public void Constants_are_operands_in_integers(string op, string kernel, long[] shape, bool onTheRight)
    {
        var model = Convolved("a")
            .Between("c", 0.5f, 1.5f, shape)
            .Node(op, onTheRight ? ["a", "c"] : ["c", "a"], "b")
            .Node("MaxPool", ["b"], "m", "kernel_shape=2,2")
            .Conv("m", "y", 4, 2)
            .Node("MaxPool", ["a"], "z", "kernel_shape=2,2")
            .Output("y").Output("z");

        string[] integers = ["MaxPool×2", "QLinearConv×2", $"{kernel}×1"];
        Quantized.Of(model).Expect(string.Join(' ', integers.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_constant_minus_an_activation_is_followed_between_integers_and_one_over_it_not_before_an_output()
    {
        var model = Convolved("a")
            .Floats("c", [], 2)
            .Node("Sub", ["c", "a"], "b")
            .Conv("b", "d", 4, 2)
            .Node("Sigmoid", ["a"], "e")
            .Node("Div", ["c", "e"], "y")
            .Output("y").Output("d");

        var quantized = Quantized.Of(model).Expect("QLinearConv×2 QLinearSigmoid×1", "Div×1 Sub×1", sqnrDb: 26);

        Assert.Equal(
            "y (Div): no integer kernel in ONNX Runtime",
            quantized.LeftInFloat);
    }

    [Fact]
    public void SiLU_is_one_function_with_one_rounding()
    {
        var model = Convolved("a")
            .Node("Sigmoid", ["a"], "b")
            .Node("Mul", ["a", "b"], "c")
            .Conv("c", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2", "Mul×1 Sigmoid×1");
    }

    [Theory]
    [InlineData("alpha=0.1")]
    [InlineData("")]
    public void LeakyRelu_runs_on_integers(string attributes)
    {
        var model = Convolved("a").Node("LeakyRelu", ["a"], "b", attributes).Conv("b", "y", 4, 2).Output("y");

        Quantized.Of(model).Expect("QLinearConv×2 QLinearLeakyRelu×1");
    }

    [Theory]
    [InlineData("LogSoftmax")]
    [InlineData("LpNormalization")]
    [InlineData("GlobalLpPool")]
    public void What_has_no_integer_kernel_stays_in_float_between_integer_layers(string op)
    {
        var model = new ModelBuilder(opset: 17)
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node(op, ["a"], "b")
            .Conv("b", "y", 4, 2)
            .Output("y");

        var quantized = Quantized.Of(model);

        Assert.Equal($"b ({op}): no integer kernel in ONNX Runtime", quantized.LeftInFloat);
        Assert.Equal("QLinearConv×2", quantized.Integers);
        quantized.ExpectNear(28).ExpectSameWhenOptimized();
    }

    [Fact]
    public void Where_chooses_in_integers_between_activations_and_constants()
    {
        var model = Convolved("a")
            .Floats("zero", [], 0)
            .Floats("c", [1], -0.5f)
            .Node("ReduceMean", ["x"], "mean", "axes=1, keepdims=1")
            .Node("Greater", ["mean", "zero"], "yes")
            .Node("Where", ["yes", "a", "c"], "b")
            .Conv("b", "d", 4, 4)
            .Node("Where", ["yes", "b", "d"], "y")
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2 QLinearWhere×2", "Greater×1 ReduceMean×1");
    }

    private static ModelBuilder Convolved(string output) =>
        new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", output, 2, 4);
}
