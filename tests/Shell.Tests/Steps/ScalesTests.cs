using QuantFunctional;
using QuantFunctional.Steps;
using Xunit;
using Core = QuantFunctional.FSharp;

namespace Shell.Tests.Steps;

public sealed class ScalesTests
{
    [Fact]
    public void Powers_of_two_are_split_off_exactly()
    {
        Assert.Equal((1, 0.75), Scales.DecomposePowerOf2(1.5, ExponentRounding.Upward));
        Assert.Equal((0, 1.5), Scales.DecomposePowerOf2(1.5, ExponentRounding.Trunc));
        var both = Scales.NormalizeWithPow2(ChannelValues.PerChannel([8.0, 0.0]));
        Assert.Equal([(3, 1.0), (0, 0.0)], both.Values);
        var fault = Assert.Throws<QuantException>(() => Scales.DecomposePowerOf2(double.NaN, ExponentRounding.Trunc));
        Assert.Equal(FaultKind.BadInput, fault.Kind);
    }

    [Fact]
    public void A_range_is_that_of_its_type()
    {
        Assert.Equal(new Interval(-128, 127), Scales.QuantizationRange(ScalarType.Int8, asymmetric: true));
        Assert.Equal(new Interval(-127, 127), Scales.QuantizationRange(ScalarType.Int8, asymmetric: false));
        Assert.Throws<QuantException>(() => Scales.QuantizationRange(ScalarType.UInt8, asymmetric: true));
    }

    [Fact]
    public void A_weight_scale_makes_the_largest_weight_m()
    {
        var weights = Scales.ByOutputChannel(WeightLayout.IO, [2, 2], new float[] { 0.5f, 2, -1, 0 });
        Assert.Equal([127.0, 63.5], Scales.WeightScale(weights, perChannel: true).Values);
        Assert.Equal(63.5, Scales.WeightSingleScale(weights));
        Assert.Equal(3.5, Scales.WeightSingleScale(weights, bits: 4));
        Assert.Throws<QuantException>(() => Scales.ByOutputChannel(WeightLayout.IO, [2, 3], new float[4]));
    }

    [Fact]
    public void Fake_quantized_weights_are_integers_over_their_scale()
    {
        var weights = Scales.ByOutputChannel(WeightLayout.OI, [2, 2], new float[] { 0.5f, 2, 0, 0 });
        var scale = Scales.WeightScale(weights, perChannel: true);
        var integers = IntegerArithmetic.QuantizeWeights(weights, scale);
        Assert.Equal([32, 127, 0, 0], integers.Values.Select(value => (int)value));
        Assert.Equal(
            [(float)(32 / 63.5), 2f, 0f, 0f],
            IntegerArithmetic.FakeQuantizedWeights(weights, scale, integers).ToArray());
        Assert.Equal(
            [159L * 3, 0L],
            IntegerArithmetic.ProductZeroValue(
                Core.BackendProfile.Reference, ActivationPath.Int8, 3, ChannelValues.PerChannel([0, 0]), integers)
                .ToArray());
    }
}
