using System.Numerics;
using FsCheck;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Observation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Observation;

/// <summary>Sums of float32 numbers are what integers of any size say.</summary>
public class ExactSumsTests
{
    [Fact]
    public void A_sum_is_exact_whatever_its_numbers_are() => Checked.All(300, (int[] bits) =>
    {
        var values = Finite(bits);
        var sums = new ExactSums(1);
        sums.AddAll(values);

        Assert.Equal(Exactly(values), Of(sums.Sums));
    });

    [Fact]
    public void Neither_the_order_nor_the_split_can_be_seen() => Checked.All(200, (int[] bits, int seed) =>
    {
        var values = Finite(bits);
        var all = new ExactSums(1);
        all.AddAll(values);
        var parts = values.GroupBy(_ => (seed = (seed * 1103515245) + 12345) & 3).Select(part =>
        {
            var sums = new ExactSums(1);
            sums.AddAll(part.Reverse().ToArray());
            return sums.Sums;
        });
        var merged = parts.Aggregate(new SumsJson(0, [0]), SumsOf.Added);

        Assert.Equal(all.Sums.Exponent, merged.Exponent);
        Assert.Equal(all.Sums.Values, merged.Values);
    });

    [Fact]
    public void A_mean_is_rounded_once_to_the_nearest() => Checked.All(300, (int[] bits, PositiveInt count) =>
    {
        var values = Finite(bits);
        var sums = new ExactSums(1);
        sums.AddAll(values);
        var mean = sums.Sums.Mean(0, count.Get);

        // twice the distance to a neighbour is no less than the distance between both
        var exact = Exactly(values);
        foreach (var neighbour in new[] { Math.BitDecrement(mean), Math.BitIncrement(mean) })
            Assert.True(Distance(exact, count.Get, mean) <= Distance(exact, count.Get, neighbour), $"{mean} of {exact} over {count.Get}");
    });

    [Theory]
    [InlineData(1f, 1 << 20)]
    [InlineData(float.MaxValue, 3000)]
    [InlineData(-1.5f, 1 << 16)]
    [InlineData(float.Epsilon, 70000)]
    public void Carries_move_on(float value, int count)
    {
        var sums = new ExactSums(2);
        for (var i = 0; i < count; i++)
            sums.Add([value, -value]);

        Assert.Equal(Exactly([value]) * count, Of(sums.Sums));
        Assert.Equal(-sums.Sums.Values[0], sums.Sums.Values[1]);
    }

    [Fact]
    public void What_is_not_finite_leaves_no_sum()
    {
        var sums = new ExactSums(2);
        sums.Add([1, float.NaN]);

        Assert.Empty(sums.Sums.Values);
        Assert.Empty(SumsOf.Added(sums.Sums, new SumsJson(0, [1, 2])).Values);
    }

    private static float[] Finite(int[] bits) =>
        [.. bits.SelectMany(one => new[] { one, one * 7919, one << 23 }).Select(BitConverter.Int32BitsToSingle).Where(float.IsFinite)];

    // in units of 2^-149
    private static BigInteger Exactly(float[] values) => values.Aggregate(
        BigInteger.Zero, (sum, value) => sum + Scaled(value));

    private static BigInteger Scaled(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        var fraction = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (value == 0 ? 0 : 1L << 52));
        var shift = (int)(bits >> 52) - 1075 + 149;
        return (shift < 0 ? fraction >> -shift : fraction << shift) * Math.Sign(value);
    }

    private static BigInteger Of(SumsJson sums) => sums.Values[0] << (sums.Exponent + 149);

    // times the count and 2^(149 + 1100), so that it is whole
    private static BigInteger Distance(BigInteger exact, int count, double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        var exponent = (int)(bits >> 52);
        var fraction = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52));
        var scaled = (fraction << (Math.Max(exponent, 1) - 1075 + 149 + 1100)) * Math.Sign(value) * count;
        return BigInteger.Abs(scaled - (exact << 1100));
    }
}
