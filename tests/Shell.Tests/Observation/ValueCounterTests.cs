using QuantFunctional.Onnx.Observation;
using Xunit;
using Fs = QuantFunctional.FSharp;

namespace Shell.Tests.Observation;

public class ValueCounterTests
{
    /// <summary>Long spans are counted in vectors, short ones and those with infinities one by one.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1_000, false)]
    [InlineData(30_001, false)]
    [InlineData(30_001, true)]
    [InlineData(65_536, false)]
    public void It_counts_what_the_core_counts(int length, bool withInfinities)
    {
        var random = new Random(length);
        var counter = new ValueCounter();
        var all = new List<float>();
        for (var sample = 0; sample < 6; sample++)
        {
            var scale = MathF.ScaleB(1, random.Next(-40, 40));
            var values = Enumerable.Range(0, length).Select(i => random.Next(8) switch
            {
                0 => 0f,
                1 => -0f,
                2 => scale,
                3 => -float.Epsilon,
                _ => (float)(random.NextDouble() - 0.5) * scale,
            }).ToArray();
            all.AddRange(values);
            if (withInfinities)
                values = [float.PositiveInfinity, .. values, float.NegativeInfinity];
            var areFinite = ObservedRange.TryOf(values, out var range);
            counter.Add(values, areFinite ? range : ObservedRange.OfFinite(values, out _), areFinite);
        }

        var (expected, actual) = (Fs.ValueHistogram.ofValues(all), counter.Histogram);
        Assert.Equal((expected.Exponent, expected.Zeros), (actual.Exponent, actual.Zeros));
        Assert.Equal<long>(expected.Positive, actual.Positive);
        Assert.Equal<long>(expected.Negative, actual.Negative);
    }

    [Fact]
    public void Of_nothing_finite_it_counts_nothing()
    {
        var counter = new ValueCounter();
        counter.Add([float.NaN], ObservedRange.Empty, areFinite: false);
        Assert.Equal(0, Fs.ValueHistogram.count(counter.Histogram));
    }
}
