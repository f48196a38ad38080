using QuantFunctional.Onnx.Repair;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>The smallest step with which a channel's sums hold.</summary>
public class SafeStepTests
{
    private static readonly ChannelLimits Pairs = new(true, -100, 155, 32);

    private static StoredChannel Channel(int[] weights, int zero = 0, float step = 0.01f, double bias = 0) =>
        new(weights, zero, step, at => (long)Math.Round(bias / at));

    private static float Below(float step) => MathF.BitDecrement(step);

    [Theory]
    [InlineData(127, 1)]
    [InlineData(64, 64)]
    [InlineData(-127, -1)]
    [InlineData(-64, -64)]
    [InlineData(-128, 127)]
    [InlineData(127, -128)]
    public void A_pair_that_16_bits_hold_keeps_its_step(int first, int second)
    {
        var channel = Channel([first, second]);

        Assert.Same(channel, SafeStep.Of(channel, Pairs));
    }

    [Theory]
    [InlineData(127, 2)]
    [InlineData(65, 64)]
    [InlineData(-127, -2)]
    [InlineData(-128, -1)]
    [InlineData(127, 127)]
    [InlineData(-128, -128)]
    public void A_pair_beyond_gets_the_smallest_step_that_is_safe(int first, int second)
    {
        var channel = Channel([first, second, 5, 100]);

        var safe = SafeStep.Of(channel, Pairs)!;

        Assert.True(Math.Abs(safe.Weights[0] + safe.Weights[1]) <= 128);
        var below = channel.In(Below(safe.Step)).Weights;
        Assert.True(Math.Abs(below[0] + below[1]) > 128);
        Assert.InRange(safe.Step / channel.Step, 1, Math.Abs(first + second) / 128f * (1 + 1e-6f));
    }

    [Fact]
    public void Only_neighbours_make_a_pair_and_an_odd_last_one_stands_alone()
    {
        var channel = Channel([1, 127, 1, 127, 127]);

        Assert.Same(channel, SafeStep.Of(channel, Pairs));
    }

    [Fact]
    public void Without_pairs_any_weights_do()
    {
        var channel = Channel([127, 127, -128, -128]);

        Assert.Same(channel, SafeStep.Of(channel, Pairs with { Pairs = false }));
    }

    [Fact]
    public void Weights_are_rounded_to_the_nearest_with_ties_to_even() =>
        Assert.Equal([0, 2, 2, 0, -2, -2], Channel([1, 3, 5, -1, -3, -5], step: 1).In(2).Weights);

    [Fact]
    public void Random_channels_are_safe_and_would_not_be_with_the_step_below()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var weights = Enumerable.Range(0, random.Next(2, 40)).Select(_ => random.Next(-128, 128)).ToArray();
            var channel = Channel(weights, step: (float)Math.Pow(2, random.Next(-20, 4)) * (1 + random.NextSingle()));

            var safe = SafeStep.Of(channel, Pairs)!;

            Assert.True(Holds(safe.Weights));
            if (safe != channel)
                Assert.False(Holds(channel.In(Below(safe.Step)).Weights));
            else
                Assert.True(Holds(weights));
        }

        static bool Holds(int[] weights) => weights.Chunk(2).Where(pair => pair.Length == 2).All(pair =>
            255 * Math.Max(pair.Sum(w => Math.Max(w, 0)), -pair.Sum(w => Math.Min(w, 0))) <= 128 * 255);
    }

    [Fact]
    public void A_bias_beyond_the_accumulator_raises_the_step_until_the_sum_fits()
    {
        // 2,147,483,000 in steps of 1, and a product of up to 155·100 above it
        var channel = Channel([100, 3], step: 1, bias: 2_147_483_000);

        var safe = SafeStep.Of(channel, Pairs)!;

        Assert.True(safe.Bias + (155L * safe.Weights.Sum()) <= int.MaxValue);
        var below = channel.In(Below(safe.Step));
        Assert.True(below.Bias + (155L * below.Weights.Sum()) > int.MaxValue);
    }

    [Theory]
    [InlineData(2_147_483_647L, 0, 0, true)]
    [InlineData(2_147_483_648L, 0, 0, false)]
    [InlineData(-2_147_483_648L, 0, 0, true)]
    [InlineData(-2_147_483_649L, 0, 0, false)]
    [InlineData(2_147_483_647L - 155, 1, 0, true)]
    [InlineData(2_147_483_647L - 154, 1, 0, false)]
    [InlineData(-2_147_483_648L + 100, 1, 0, true)]
    [InlineData(-2_147_483_648L + 99, 1, 0, false)]
    [InlineData(-2_147_483_648L + 155, -1, 0, true)]
    [InlineData(-2_147_483_648L + 154, -1, 0, false)]
    public void An_accumulator_of_32_bits_holds_just_so_much(long bias, int first, int second, bool holds) =>
        Assert.Equal(holds, Pairs.SumsHold(new StoredChannel([first, second], 0, 1, _ => bias)));

    [Fact]
    public void Pairs_are_of_what_is_stored_and_the_zero_point_stays()
    {
        var channel = Channel([127, 100, -90, 20], zero: 30);

        var safe = SafeStep.Of(channel, Pairs)!;

        Assert.Equal(30, safe.Zero);
        Assert.True(safe.Weights[0] + safe.Weights[1] <= 128);
        Assert.InRange(((safe.Weights[2] - 30) * safe.Step) - ((-90 - 30) * channel.Step), -safe.Step, safe.Step);
    }

    [Fact]
    public void A_zero_point_that_makes_a_pair_beyond_by_itself_has_no_safe_step() =>
        Assert.Null(SafeStep.Of(Channel([127, 100], zero: 65), Pairs));
}
