using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

public class LayerFoldingTests
{
    [Fact]
    public void Batch_normalization_goes_into_the_convolution_before_it()
    {
        var prepared = Check.Prepared(Conv().BatchNormalization("c", "y", 4).Output("y", 1, 4, 6, 6));

        Assert.Equal("Conv", Check.Operators(prepared));
        Assert.Equal("c", prepared.Graph.Node[0].Name);
    }

    [Fact]
    public void Folded_weights_are_rounded_once_from_double()
    {
        var model = new ModelBuilder().Input("x", 1, 1, 2)
            .Floats("w", [1, 1, 1], 0.1f).Floats("b", [1], 0.3f)
            .Floats("g", [1], 0.7f).Floats("s", [1], 0.9f).Floats("m", [1], 0.2f).Floats("v", [1], 1.3f)
            .Node("Conv", ["x", "w", "b"], "c")
            .Node("BatchNormalization", ["c", "g", "s", "m", "v"], "n", n => n.SetFloat("epsilon", 1e-3f))
            .Floats("k", [], 3.1f).Node("Mul", ["n", "k"], "y").Output("y", 1, 1, 2).Build();

        var prepared = ModelPreparation.Prepare(model);

        var index = new GraphIndex(prepared.Graph);
        var conv = prepared.Graph.Node.Single();
        var scale = 0.7f / Math.Sqrt(1.3f + (double)1e-3f);
        Assert.Equal([(float)(0.1f * (scale * 3.1f))], TensorData.Floats(index.Initializer(conv.Input[1])!));
        var bias = ((((double)0.3f - 0.2f) * scale) + 0.9f) * 3.1f;
        Assert.Equal([(float)bias], TensorData.Floats(index.Initializer(conv.Input[2])!));
    }

    [Theory]
    [InlineData("Add", new long[] { 4, 1, 1 }, false)]
    [InlineData("Add", new long[] { 1, 4, 1, 1 }, true)]
    [InlineData("Add", new long[] { }, false)]
    [InlineData("Sub", new long[] { 1, 4, 1, 1 }, false)]
    [InlineData("Sub", new long[] { 1, 4, 1, 1 }, true)]
    [InlineData("Mul", new long[] { 1 }, false)]
    [InlineData("Mul", new long[] { 4, 1, 1 }, true)]
    [InlineData("Div", new long[] { 4, 1, 1 }, false)]
    public void A_constant_per_channel_goes_into_the_convolution(string op, long[] dims, bool constantFirst)
    {
        var model = Conv().Between("k", 0.5f, 2, dims)
            .Node(op, constantFirst ? ["k", "c"] : ["c", "k"], "y")
            .Output("y", 1, 4, 6, 6);

        Assert.Equal("Conv", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("Add", new long[] { 6 })]
    [InlineData("Mul", new long[] { 4, 6, 1 })]
    public void A_constant_per_pixel_stays(string op, long[] dims)
    {
        var model = Conv().Between("k", 0.5f, 2, dims).Node(op, ["c", "k"], "y").Output("y", 1, 4, 6, 6);

        Assert.Equal("Conv " + op, Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_constant_of_higher_rank_stays()
    {
        var model = Conv().Between("k", 0.5f, 2, 1, 1, 4, 1, 1).Node("Add", ["c", "k"], "y").Output("y", 1, 1, 4, 6, 6);

        Assert.Equal("Conv Add", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_constant_over_the_convolution_stays()
    {
        var model = Conv().Between("k", 0.5f, 2).Node("Div", ["k", "c"], "y").Output("y", 1, 4, 6, 6);

        Assert.Equal("Conv Div", Check.Operators(Check.Prepared(model, 1e-4)));
    }

    [Fact]
    public void Nothing_is_folded_across_an_output_or_a_second_reader()
    {
        var output = Conv().BatchNormalization("c", "y", 4).Output("c", 1, 4, 6, 6).Output("y", 1, 4, 6, 6);
        var reader = Conv().BatchNormalization("c", "n", 4).Node("Mul", ["c", "n"], "y").Output("y", 1, 4, 6, 6);

        Assert.Equal("Conv BatchNormalization", Check.Operators(Check.Prepared(output)));
        Assert.Equal("Conv BatchNormalization Mul", Check.Operators(Check.Prepared(reader)));
    }

    [Fact]
    public void Batch_normalization_before_a_layer_that_pads_or_after_another_operator_stays()
    {
        var model = new ModelBuilder().Input("x", 1, 3, 6, 6).BatchNormalization("x", "n", 3)
            .Random("w", 4, 3, 1, 1).Node("Conv", ["n", "w"], "c", n => n.SetInts("pads", [1, 1, 1, 1])).Node("Relu", ["c"], "r")
            .BatchNormalization("r", "y", 4).Output("y", 1, 4, 8, 8);

        Assert.Equal("BatchNormalization Conv Relu BatchNormalization", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Weights_that_two_layers_share_stay_right_for_both()
    {
        var model = Conv().BatchNormalization("c", "y", 4)
            .Node("Conv", ["x", "w", "b"], "z").Node("Conv", ["x", "w", "b"], "d").BatchNormalization("d", "u", 4)
            .Output("y", 1, 4, 6, 6).Output("z", 1, 4, 6, 6).Output("u", 1, 4, 6, 6);

        Assert.Equal("Conv Conv Conv", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData(new long[] { 1, 4, 9 }, new long[] { 6, 2, 3 }, 2)]
    [InlineData(new long[] { 1, 4, 5, 5 }, new long[] { 4, 1, 3, 3 }, 4)]
    [InlineData(new long[] { 1, 2, 4, 5, 3 }, new long[] { 3, 2, 2, 2, 2 }, 1)]
    public void Convolutions_of_any_rank_and_grouping_are_folded(long[] input, long[] weight, long group)
    {
        var model = new ModelBuilder().Input("x", input).Random("w", weight)
            .Node("Conv", ["x", "w"], "c", n => n.SetInt("group", group))
            .BatchNormalization("c", "y", weight[0]).Output("y", [1, weight[0], .. input[2..].Select(_ => -1L)]);

        Assert.Equal("Conv", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_transposed_convolution_is_folded_by_its_second_axis()
    {
        var model = new ModelBuilder().Input("x", 1, 3, 4, 4).Random("w", 3, 3, 2, 2)
            .Node("ConvTranspose", ["x", "w"], "c").BatchNormalization("c", "y", 3).Output("y", 1, 3, 5, 5);

        Assert.Equal("ConvTranspose", Check.Operators(ModelPreparation.Prepare(model.Build(), staysTransposed: _ => true)));
        Assert.Equal("Conv", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_folded_like_others()
    {
        var model = new ModelBuilder().Input("x", 1, 1, 2).Floats("w", [1, 1, 1], float.NaN)
            .Node("Conv", ["x", "w"], "c").BatchNormalization("c", "y", 1).Output("y", 1, 1, 2).Build();

        Assert.Equal("Conv", Check.Operators(ModelPreparation.Prepare(model)));
    }

    private static ModelBuilder Conv() => new ModelBuilder().Input("x", 1, 3, 8, 8)
        .Random("w", 4, 3, 3, 3).Random("b", 4).Node("Conv", ["x", "w", "b"], "c");
}
