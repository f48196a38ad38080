using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Convolutions of every shape run on integers.</summary>
public class ConvolutionTests
{
    public static TheoryData<string, long[], long[]> Shapes => new()
    {
        { "1-D", [1, 3, 16], [4, 3, 3] },
        { "2-D", [1, 3, 8, 8], [4, 3, 3, 3] },
        { "3-D", [1, 2, 5, 5, 5], [3, 2, 3, 3, 3] },
        { "pointwise", [1, 3, 8, 8], [4, 3, 1, 1] },
        { "uneven kernel", [1, 3, 8, 8], [4, 3, 1, 5] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_convolution_is_one_integer_kernel_with_and_without_bias(string shape, long[] input, long[] weight)
    {
        Assert.NotEmpty(shape);
        foreach (var bias in new[] { true, false })
        {
            var model = new ModelBuilder().Input("x", input).Conv("x", "y", weight, bias: bias).Output("y");

            Quantized.Of(model).Expect("QLinearConv×1", sqnrDb: 35);
        }
    }

    [Theory]
    [InlineData("group=2", 6, 2)]
    [InlineData("group=4", 4, 1)]
    [InlineData("group=4", 8, 1)]
    [InlineData("dilations=2,2", 4, 4)]
    [InlineData("strides=2,2", 4, 4)]
    [InlineData("pads=0,1,2,1", 4, 4)]
    [InlineData("auto_pad=SAME_UPPER strides=2,2", 4, 4)]
    [InlineData("auto_pad=VALID", 4, 4)]
    public void Groups_dilations_strides_and_pads_stay(string attributes, int outputs, int inputsPerGroup)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 4, 9, 9)
            .Conv("x", "y", [outputs, inputsPerGroup, 3, 3], node => node.Set(attributes))
            .Output("y");

        Quantized.Of(model, low: -0.25f, high: 1).Expect("QLinearConv×1", sqnrDb: 35);
    }

    [Fact]
    public void A_channel_of_zero_weights_gives_its_bias_exactly_where_one_step_allows()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 4, 4)
            .Floats("w", [3, 2, 1, 1], 0.5f, -0.25f, 0, 0, 1, 1)
            .Floats("b", [3], 0.1f, 0.75f, 0)
            .Node("Conv", ["x", "w", "b"], "y")
            .Output("y");

        var quantized = Quantized.Of(model).Expect("QLinearConv×1", sqnrDb: 38);

        var step = quantized.Floating(quantized.StepName("y_float"));
        var inputStep = quantized.Floating(quantized.StepName("x"));
        var weights = quantized.Model.Graph.Node.Single(n => n.Output[0] == "y_weight_dequantized");
        Assert.Equal(step[0] / inputStep[0], quantized.Floating(weights.Input[1])[1]);
        var outputs = quantized.Samples.Run(quantized.Model, OrtExecution.Extended)["y"];
        var (low, high) = (0.75f - step[0], 0.75f + step[0]);
        Assert.All(outputs.Chunk(48), sample => Assert.All(sample[16..32], y => Assert.InRange(y, low, high)));
    }

    [Fact]
    public void A_layer_of_nothing_but_zeros_runs_on_integers()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 4, 4)
            .Floats("w", [2, 2, 1, 1], 0, 0, 0, 0)
            .Floats("b", [2], -0.5f, 0.25f)
            .Node("Conv", ["x", "w", "b"], "a")
            .Conv("a", "y", 2, 3)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2", sqnrDb: 38);
        Quantized.Of(model, with: r => r with { PerChannel = false }).Expect("QLinearConv×2", sqnrDb: 38);
    }

    [Fact]
    public void A_layer_whose_bias_leaves_32_bits_stays_in_float_and_says_so_while_the_rest_is_quantized()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 4, 4)
            .Conv("x", "a", 2, 4)
            .Random("w", 2, 4, 1, 1)
            .Floats("far", [2], -1e30f, 0.5f)
            .Node("Conv", ["a", "w", "far"], "b")
            .Node("Relu", ["b"], "c")
            .Conv("c", "y", 2, 3)
            .Output("y");

        var quantized = Quantized.Of(model);

        Assert.Contains("b (Conv): it cannot be planned: channel 0", quantized.LeftInFloat);
        quantized.Expect("QLinearConv×2", "Conv×1 Max×1");
    }

    [Fact]
    public void Dropout_and_Identity_between_layers_are_gone()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 4, 4)
            .Conv("x", "a", 2, 4)
            .Node("Identity", ["a"], "b")
            .Node("Relu", ["b"], "c")
            .Node("Dropout", ["c"], "d")
            .Conv("d", "e", 4, 2)
            .Node("Identity", ["e"], "y")
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2", sqnrDb: 35);
    }

    [Fact]
    public void Two_layers_may_share_one_weight_and_one_bias()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 4, 6, 6)
            .Conv("x", "a", 4, 4)
            .Node("Conv", ["a", "a.weight", "a.bias"], "y", node => node.Set("pads=1,1,1,1"))
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2", sqnrDb: 35);
    }
}
