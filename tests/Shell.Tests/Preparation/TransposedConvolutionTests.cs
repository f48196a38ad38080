using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>A ConvTranspose becomes a Conv, and what only moves its output, that compute the same.</summary>
public class TransposedConvolutionTests
{
    private const string Woven = "Transpose Reshape Transpose Reshape Transpose";
    private const string WovenAndCut = "Transpose Reshape Transpose Reshape Slice Transpose";

    private static ModelBuilder Transposed(string input, string weight, string attributes, bool bias = true)
    {
        var (dims, kernel) = (Sizes(input), Sizes(weight));
        var model = new ModelBuilder().Input("x", dims).Random("w", kernel);
        var group = attributes.Split(' ').FirstOrDefault(a => a.StartsWith("group=", StringComparison.Ordinal)) is { } text
            ? int.Parse(text[6..], System.Globalization.CultureInfo.InvariantCulture)
            : 1;
        if (bias)
            model.Random("b", kernel[1] * group);
        return model.Node("ConvTranspose", bias ? ["x", "w", "b"] : ["x", "w"], "y", attributes);
    }

    private static long[] Sizes(string text) => [.. text.Split(',').Select(long.Parse)];

    private static string Operators(ModelBuilder model, int rank, int free = 1) =>
        Check.Operators(Check.Prepared(model.Output("y", [.. Enumerable.Repeat(-1L, rank)]), 1e-5, free));

    [Theory]
    [InlineData("1,4,5,6", "4,3,2,2", "strides=2,2", "Conv " + Woven)]
    [InlineData("2,4,5,6", "4,3,4,4", "strides=2,2 pads=1,1,1,1", "Conv " + WovenAndCut)]
    [InlineData("1,4,5,6", "4,3,3,3", "strides=2,2 pads=1,1,1,1 output_padding=1,1", "Conv " + Woven)]
    [InlineData("1,4,5,6", "4,3,3,3", "strides=2,2", "Conv " + WovenAndCut)]
    [InlineData("1,4,5,6", "4,3,3,3", "pads=1,1,1,1", "Conv")]
    [InlineData("1,4,5,6", "4,3,3,5", "", "Conv")]
    [InlineData("1,4,5,6", "4,3,3,4", "strides=2,3 pads=0,1,2,0", "Conv " + WovenAndCut)]
    [InlineData("1,4,5,6", "4,3,3,3", "strides=2,2 dilations=2,3 pads=1,2,0,1 output_padding=1,0", "Conv " + WovenAndCut)]
    [InlineData("1,4,5,6", "4,3,2,3", "strides=1,2", "Conv Transpose Reshape Slice Transpose")]
    [InlineData("1,4,5,6", "4,3,2,2", "strides=2,1", "Conv Transpose Reshape Transpose")]
    [InlineData("1,4,5,6", "4,3,1,1", "strides=3,2 output_padding=2,1", "Conv " + Woven)]
    [InlineData("1,4,7", "4,3,4", "strides=4,", "Conv Transpose Reshape Transpose")]
    [InlineData("1,4,7", "4,3,16", "strides=8, pads=4,4", "Conv Transpose Reshape Slice Transpose")]
    [InlineData("1,2,3,4,3", "2,3,2,2,2", "strides=2,2,2", "Conv Transpose Reshape Transpose Reshape Transpose Reshape Transpose")]
    [InlineData("1,2,3,4,3", "2,3,3,2,3", "strides=1,2,3 pads=1,0,1,0,1,0", "Conv " + WovenAndCut)]
    public void Strides_pads_and_dilations(string input, string weight, string attributes, string operators)
    {
        Assert.Equal(operators, Operators(Transposed(input, weight, attributes), Sizes(input).Length));
    }

    [Theory]
    [InlineData("auto_pad=SAME_UPPER strides=2,2")]
    [InlineData("auto_pad=SAME_LOWER strides=2,2")]
    [InlineData("auto_pad=SAME_UPPER strides=3,1")]
    [InlineData("auto_pad=VALID strides=2,2 output_padding=1,1")]
    [InlineData("output_shape=9,11 strides=2,2")]
    [InlineData("output_shape=10,13 strides=2,2 auto_pad=SAME_UPPER")]
    [InlineData("output_shape=10,12 strides=2,2 auto_pad=SAME_LOWER")]
    [InlineData("output_shape=12,15 strides=2,2 output_padding=1,1")]
    [InlineData("pads=3,2,3,4 strides=2,2")]
    public void Pads_that_are_found_by_a_rule(string attributes)
    {
        Assert.StartsWith("Conv", Operators(Transposed("1,4,5,6", "4,3,3,4", attributes), 4));
    }

    [Theory]
    [InlineData("1,4,5,6", "4,3,2,3", "strides=2,2 group=2", "Conv Gather " + WovenAndCut)]
    [InlineData("1,4,5,6", "4,1,4,4", "strides=2,2 pads=1,1,1,1 group=4", "Conv Gather " + WovenAndCut)]
    [InlineData("1,6,7", "6,2,3", "strides=3, group=3", "Conv Gather Transpose Reshape Transpose")]
    [InlineData("1,4,5,6", "4,3,3,3", "group=2", "Conv")]
    public void Groups(string input, string weight, string attributes, string operators)
    {
        Assert.Equal(operators, Operators(Transposed(input, weight, attributes, bias: false), Sizes(input).Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Sizes_that_are_not_known(int size)
    {
        var model = Transposed("-1,4,-1,-1", "4,3,4,4", "strides=2,2 pads=1,1,1,1");

        Assert.Equal("Conv " + WovenAndCut, Operators(model, 4, size));
    }

    [Fact]
    public void What_scales_its_channels_is_folded_into_it_and_a_relu_stays_behind_the_convolution()
    {
        var model = Transposed("1,4,5,6", "4,3,2,2", "strides=2,2 group=2").BatchNormalization("y", "n", 6)
            .Node("Relu", ["n"], "z").Output("z", 1, 6, 10, 12);

        Assert.Equal("Conv Relu Gather " + Woven, Check.Operators(Check.Prepared(model, 1e-5)));
    }

    [Fact]
    public void A_relu_that_is_not_its_only_reader_stays_where_it_is()
    {
        var model = Transposed("1,4,5,6", "4,3,2,2", "strides=2,2").Node("Relu", ["y"], "z")
            .Output("z", 1, 3, 10, 12).Output("y", 1, 3, 10, 12);

        Assert.Equal("Conv " + Woven + " Relu", Check.Operators(Check.Prepared(model, 1e-5)));
    }

    [Fact]
    public void One_whose_weights_or_sizes_are_not_known_stays()
    {
        var dynamic = new ModelBuilder().Input("x", 1, 4, 5, 6).Input("w", 4, 3, 2, 2)
            .Node("ConvTranspose", ["x", "w"], "y").Output("y", 1, 3, 6, 7);
        var free = Transposed("1,4,-1,6", "4,3,2,2", "output_shape=9,11 strides=2,2").Output("y", 1, 3, 9, 11);

        Assert.Equal("ConvTranspose", Check.Operators(Check.Prepared(dynamic)));
        Assert.Equal("ConvTranspose", Check.Operators(Check.Prepared(free, free: 5)));
    }

    [Fact]
    public void One_that_is_to_stay_stays()
    {
        var model = Transposed("1,4,5,6", "4,3,2,2", "strides=2,2").Output("y", 1, 3, 10, 12).Build();

        Assert.Equal("ConvTranspose", Check.Operators(ModelPreparation.Prepare(model, staysTransposed: node => node.DisplayName() == "y")));
    }

    [Fact]
    public void What_it_costs_in_weights_is_told()
    {
        var model = Transposed("1,4,5,6", "4,3,3,3", "strides=2,2").Output("y", 1, 3, 11, 13).Build();
        var told = new List<QuantFunctional.Onnx.TransposedSummary>();

        ModelPreparation.Prepare(model, transposed: told);

        Assert.Equal([new("y", 4, 4 * 3 * 9, 4 * 3 * 16)], told);
    }
}
