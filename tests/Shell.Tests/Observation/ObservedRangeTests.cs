using QuantFunctional.Onnx.Observation;
using Xunit;

namespace Shell.Tests.Observation;

public class ObservedRangeTests
{
    [Fact]
    public void The_range_is_that_of_a_plain_loop_at_every_length()
    {
        var random = new Random(1);
        for (var length = 1; length < 200; length++)
        {
            var values = Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.3f) * 100).ToArray();
            Assert.True(ObservedRange.TryOf(values, out var range));
            Assert.Equal(new ObservedRange(values.Min(), values.Max()), range);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_is_noticed_at_every_place(float value)
    {
        var values = new float[150];
        for (var at = 0; at < values.Length; at++)
        {
            Array.Fill(values, 1f);
            values[at] = value;
            Assert.False(ObservedRange.TryOf(values, out _));
        }
    }

    [Fact]
    public void The_largest_and_the_smallest_floats_are_finite()
    {
        float[] values = [float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, -0f];
        Assert.True(ObservedRange.TryOf([.. values, .. values, .. new float[64]], out var range));
        Assert.Equal(new ObservedRange(float.MinValue, float.MaxValue), range);
    }
}
