using System.Numerics;
using QuantFunctional;
using QuantFunctional.Onnx.Repair;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>What repair asks of a channel's sums is what they reach, input by input.</summary>
public sealed class ChannelLimitsTests
{
    [Fact]
    public void Sums_hold_exactly_where_the_worst_inputs_leave_no_accumulator()
    {
        var random = new Random(5);
        var (held, broken) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            var zero = random.Next(3) == 0 ? random.Next(-128, 128) : 0;
            var weights = Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(-128, 128)).ToArray();
            var bits = random.Next(14, 19);
            var low = random.Next(-256, 1);
            var limits = new ChannelLimits(Pairs: false, low, low + 255, bits, random.Next(2) * random.Next(-128, 128));
            var bias = random.Next(-(1 << bits) * 5 / 8, (1 << bits) * 5 / 8);

            var expected = Reached(limits, weights, zero, bias).All(sum => BigInteger.Abs((2 * sum) + 1) < BigInteger.One << bits);

            Assert.Equal(expected, limits.AreHeld(new StoredChannel(weights, zero, 1, _ => bias)));
            (held, broken) = expected ? (held + 1, broken) : (held, broken + 1);
        }

        Assert.InRange(held, 2_000, 18_000);
        Assert.InRange(broken, 2_000, 18_000);
    }

    /// <summary>The ends of every sum, from each weight's own worst input.</summary>
    private static BigInteger[] Reached(ChannelLimits limits, int[] weights, int zero, int bias)
    {
        BigInteger low = 0, high = 0, taken = bias;
        foreach (var weight in weights.Select(stored => stored - zero))
        {
            low += BigInteger.Min(weight * limits.LowestInput, weight * limits.HighestInput);
            high += BigInteger.Max(weight * limits.LowestInput, weight * limits.HighestInput);
            taken -= weight * limits.ZeroPointInBias;
        }

        return [low, high, taken, low + taken, high + taken];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_s_inputs_are_those_that_its_target_multiplies(bool zeroPointInBias)
    {
        var profile = zeroPointInBias ? Profiles.Reference : Profiles.Tflite;
        var product = LayerSpec.Product([1f, -0.5f, 0.25f, 0.75f, -1f, 0.5f], 3, 0.02, -10, new RealRange(-6, 9));
        var layer = Planner.Plan(product, new PlanOptions { Profile = profile }).Integers;
        Assert.Equal(zeroPointInBias, layer.Profile.InputZeroPointInBias(layer.Path));
        Assert.NotEqual(0, layer.Input.ZeroPoint);

        var limits = ChannelLimits.Of(layer, pairs: false);

        var taken = zeroPointInBias ? 0 : layer.Input.ZeroPoint;
        Assert.Equal((-128L - taken, 127L - taken), (limits.LowestInput, limits.HighestInput));
        Assert.Equal(zeroPointInBias ? layer.Input.ZeroPoint : 0, limits.ZeroPointInBias);
        Assert.Equal(32, limits.Bits);
    }
}
