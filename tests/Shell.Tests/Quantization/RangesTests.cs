using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

public class RangesTests
{
    // one element of 4,096 is far out in each sample
    private static Quantized Of(RangeMethod ranges, Func<QuantizeRequest, QuantizeRequest>? with = null)
    {
        var random = new Random(5);
        var samples = Enumerable.Range(0, 40).Select(_ =>
        {
            var values = Enumerable.Range(0, 4096).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
            values[random.Next(values.Length)] = 9;
            return new Dictionary<string, FloatTensor> { ["x"] = new FloatTensor([1, 1, 64, 64], values) };
        });
        var model = new ModelBuilder().Input("x", 1, 1, 64, 64).Conv("x", "a", 1, 4, 1).Conv("a", "y", 4, 1, 1).Output("y").Build();
        return Quantized.Of(model, new Samples([.. samples]), request => (with?.Invoke(request) ?? request) with { Ranges = ranges });
    }

    private static double Width(Quantized quantized, string tensor)
    {
        var range = quantized.Report.Plan.Tensors.Single(one => one.Name == tensor).Range;
        return range.High - range.Low;
    }

    [Fact]
    public void A_percentile_leaves_the_rare_out_and_least_squares_as_much_as_pays()
    {
        var extremes = Width(Of(RangeMethod.MinMax), "x");
        Assert.InRange(extremes, 9.4, 9.6);
        Assert.InRange(Width(Of(RangeMethod.NewPercentile(99.9m)), "x"), 0.99, 1.05);
        Assert.Equal(extremes, Width(Of(RangeMethod.NewPercentile(100m)), "x"));
        Assert.InRange(Width(Of(RangeMethod.LeastSquares), "x"), 9.3, 9.5);
    }

    [Fact]
    public void By_default_nothing_is_clipped_that_matters_to_the_output()
    {
        var quantized = Of(RangeMethod.Auto);
        Assert.Equal(Width(Of(RangeMethod.MinMax), "y"), Width(quantized, "y"));
        quantized.ExpectNear(25);
    }

    [Fact]
    public void Symmetric_and_16_bit_activations_have_ranges_by_the_same_methods()
    {
        Assert.InRange(Width(Of(RangeMethod.NewPercentile(99.9m), request => request with { SymmetricActivations = true }), "x"), 0.99, 1.05);
        var wide = Of(RangeMethod.LeastSquares, request => request with { Precision = Precision.TfliteInt16 });
        Assert.InRange(Width(wide, "x"), 9.4, 9.6);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public void A_percentage_that_is_none_is_refused(int percent)
    {
        var fault = Assert.Throws<QuantException>(() => Of(RangeMethod.NewPercentile(percent)));
        Assert.Contains($"--ranges percentile:{percent}: a percentage lies above 0 and is 100 at most", fault.Message, StringComparison.Ordinal);
    }
}
