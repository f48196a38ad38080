using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Execution;

/// <summary>What is said of parts of a model that are not run on integers is true.</summary>
public class FloatReasonsTests
{
    [Fact]
    public void A_product_of_integers_with_steps_of_the_run_is_not_said_to_be_real()
    {
        var model = new ModelBuilder().Input("x", 2, 4)
            .Initializer(TensorData.Make("w", [4, 3], new sbyte[12])).Floats("s", [], 0.01f)
            .Node("DynamicQuantizeLinear", ["x"], ["i", "step", "zero"])
            .Node("MatMulInteger", ["i", "w", "zero"], "sums", node => node.Name = "product")
            .Node("Cast", ["sums"], "real", "to=1").Node("Mul", ["real", "step"], "y").Output("y", 2, 3).Build();

        var own = IntegerModel.Load(model);

        var product = Assert.Single(own.InFloat, node => node.Name == "product");
        Assert.Contains("it multiplies integers", product.Reason, StringComparison.Ordinal);
        var refusal = Check.Refusal(own.RequireIntegers);
        Assert.DoesNotContain("real numbers", refusal, StringComparison.Ordinal);
        Assert.Contains("found at each run", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_of_integers_is_called_a_limit()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Floats("s", [], 0.05f).Initializer(TensorData.Make("z", [], [(byte)3]))
            .Node("QuantizeLinear", ["x", "s", "z"], "a").Node("DequantizeLinear", ["a", "s", "z"], "r")
            .Node("Sigmoid", ["r"], "t").Node("QuantizeLinear", ["t", "s", "z"], "y").Output("y", DataType.Uint8, 2, 3).Build();

        var refusal = Check.Refusal(IntegerModel.Load(model).RequireIntegers);

        Assert.Contains("output `y` is integers itself", refusal, StringComparison.Ordinal);
        Assert.Contains("limit", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void The_node_that_is_named_stands_before_the_output()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Pair("x", "xq", 0.05f, 3)
            .Node("LogSoftmax", ["xq"], "e", node => node.Name = "other").Pair("e", "done", 0.05f, 0)
            .Node("Hardmax", ["xq"], "t", node => node.Name = "cause").Pair("t", "y", 0.05f, 0)
            .Output("y", 2, 3).Output("done", 2, 3).Build();

        Assert.Contains("cause (Hardmax)", Check.Refusal(IntegerModel.Load(model).RequireIntegers), StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_of_0_is_the_reason_that_is_given()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Pair("x", "xq", 0f, 3)
            .Node("Sigmoid", ["xq"], "s", node => node.Name = "dead").Pair("s", "y", 1f / 256, 0).Output("y", 2, 3).Build();

        Assert.Contains("the step of its input `xq` is 0", Assert.Single(IntegerModel.Load(model).InFloat).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_whose_step_is_0_holds_zeros_whatever_is_stored()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [2, 2, 1, 1], [1, 2, 7, -5], [0.01f, 0f], 0).Bias("b", [9, 1000], [0.03f * 0.01f, 0f])
            .Node("Conv", ["xq", "w", "b"], "c").Pair("c", "y", 0.005f, 90).Output("y", 1, 2, 4, 4);

        Assert.Empty(model.ExpectAgreement().InFloat);
    }
}
