using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Relu and Clip cost nothing where saturation does them, and little elsewhere.</summary>
public class RectifierTests
{
    [Fact]
    public void A_residual_block_runs_on_integers_and_its_Relus_vanish()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 4, 8, 8)
            .Conv("x", "a", 4, 4)
            .Node("Relu", ["a"], "b")
            .Conv("b", "c", 4, 4)
            .Node("Relu", ["c"], "d")
            .Conv("d", "e", 4, 4)
            .Node("Add", ["e", "b"], "f")
            .Node("Relu", ["f"], "y")
            .Output("y");

        Quantized.Of(model).Expect("QLinearAdd×1 QLinearConv×3");
    }

    [Fact]
    public void A_depthwise_block_with_Clip_0_to_6_runs_on_integers()
    {
        var model = Six(new ModelBuilder().Input("x", 1, 3, 8, 8))
            .Conv("x", "a", 3, 8)
            .Node("Clip", ["a", "zero", "six"], "b")
            .Conv("b", "c", [8, 1, 3, 3], node => node.Set("group=8 pads=1,1,1,1"))
            .Node("Clip", ["c", "zero", "six"], "d")
            .Conv("d", "y", 8, 4, kernel: 1)
            .Output("y");

        Quantized.Of(model, low: -6, high: 6).Expect("QLinearConv×3");
    }

    [Theory]
    [InlineData(-1f, 1f, "QLinearConv×2", "")]
    [InlineData(-0.5f, 2f, "QLinearConv×2", "")]
    [InlineData(0f, 0.5f, "QLinearConv×2", "")]
    [InlineData(-2f, 0f, "QLinearConv×2", "")]
    [InlineData(float.NegativeInfinity, 1f, "QLinearConv×2", "")]
    [InlineData(-1f, float.PositiveInfinity, "QLinearConv×2", "")]
    [InlineData(0.5f, 1f, "QLinearConv×2", "Clip×1")]
    [InlineData(-1f, -0.5f, "QLinearConv×2", "Clip×1")]
    public void Clip_vanishes_where_its_bounds_hold_zero(float low, float high, string integers, string floats)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8);
        if (float.IsFinite(low))
            model.Floats("low", [], low);
        if (float.IsFinite(high))
            model.Floats("high", [], high);
        string[] inputs = ["a", float.IsFinite(low) ? "low" : "", float.IsFinite(high) ? "high" : ""];
        model.Conv("x", "a", 2, 4).Node("Clip", inputs, "b").Conv("b", "y", 4, 2).Output("y");

        Quantized.Of(model).Expect(integers, floats);
    }

    [Fact]
    public void Clip_of_opset_6_has_its_bounds_as_attributes()
    {
        var model = new ModelBuilder(opset: 9)
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("Clip", ["a"], "b", "min=0.0 max=0.75")
            .Conv("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2");
    }

    [Fact]
    public void A_Relu_whose_input_has_another_reader_runs_on_integers_by_itself()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("Relu", ["a"], "b")
            .Conv("a", "d", 4, 4, 1)
            .Node("Add", ["b", "d"], "c")
            .Conv("c", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("QLinearAdd×1 QLinearConv×3 QLinearLeakyRelu×1");
    }

    [Fact]
    public void A_Clip_whose_input_has_another_reader_is_bounded_on_both_sides()
    {
        var model = Six(new ModelBuilder().Input("x", 1, 2, 8, 8))
            .Conv("x", "a", 2, 4)
            .Node("Clip", ["a", "zero", "six"], "b")
            .Node("Add", ["a", "b"], "y")
            .Output("y").Output("b");

        Quantized.Of(model, low: -12, high: 12).Expect("QLinearAdd×1 QLinearConv×1 QLinearLeakyRelu×1");
    }

    [Theory]
    [InlineData("MaxPool", "kernel_shape=2,2")]
    [InlineData("Flatten", "axis=1")]
    [InlineData("Transpose", "perm=0,2,3,1")]
    public void A_Relu_after_what_only_moves_data_runs_on_integers(string mover, string attributes)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node(mover, ["a"], "b", attributes)
            .Node("Relu", ["b"], "y")
            .Output("y");

        string[] integers = [$"{mover}×1", "QLinearConv×1", "QLinearLeakyRelu×1"];
        Quantized.Of(model).Expect(string.Join(' ', integers.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_Relu_and_a_Clip_after_it_vanish_together()
    {
        var model = Six(new ModelBuilder().Input("x", 1, 2, 8, 8))
            .Conv("x", "a", 2, 4)
            .Node("Relu", ["a"], "b")
            .Node("Clip", ["b", "zero", "six"], "c")
            .Conv("c", "y", 4, 2)
            .Output("y");

        Quantized.Of(model, low: -6, high: 6).Expect("QLinearConv×2");
    }

    [Fact]
    public void A_Relu_of_the_input_is_left_to_ONNX_Runtime_which_lets_the_conversion_do_it()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Node("Relu", ["x"], "a")
            .Conv("a", "y", 2, 4)
            .Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearConv×1");

        Assert.StartsWith("a (Relu): its input is in float", quantized.LeftInFloat);
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Clip")]
    public void Saturation_is_no_Relu_where_zero_points_are_0(string rectifier)
    {
        string[] inputs = rectifier == "Clip" ? ["a", "zero", "six"] : ["a"];
        var model = Six(new ModelBuilder().Input("x", 1, 2, 8, 8))
            .Conv("x", "a", 2, 4)
            .Node(rectifier, inputs, "b")
            .Conv("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model, with: r => r with { SymmetricActivations = true }, low: -6, high: 6)
            .Expect("QLinearConv×2 QLinearLeakyRelu×1");
    }

    [Fact]
    public void A_symmetric_Clip_is_saturation_of_symmetric_activations()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Floats("low", [], -1)
            .Floats("high", [], 1)
            .Conv("x", "a", 2, 4)
            .Node("Clip", ["a", "low", "high"], "b")
            .Conv("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model, with: r => r with { SymmetricActivations = true }).Expect("QLinearConv×2");
    }

    private static ModelBuilder Six(ModelBuilder model) => model.Floats("zero", [], 0).Floats("six", [], 6);
}
