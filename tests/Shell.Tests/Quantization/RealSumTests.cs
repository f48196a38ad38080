using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>A residual sum that only float nodes read is not rounded on its way to them.</summary>
public class RealSumTests
{
    private const string Real = "(Add): its result is read as real numbers alone";

    [Fact]
    public void Sums_before_normalizations_stay_in_float_and_lose_less()
    {
        var quantized = Quantized.Of(Normalized(Normalized(Begun(), "a", "b", "s"), "s", "n1", "t").Node("InstanceNormalization", ["t", "one", "zero"], "z")
            .Conv("z", "y", 2, 2).Output("y"));

        Assert.Contains($"s {Real}", quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.Contains($"t {Real}", quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.DoesNotContain("QLinearAdd", quantized.Integers, StringComparison.Ordinal);
        quantized.ExpectNear(30);
    }

    [Fact]
    public void What_only_moves_such_a_sum_stays_with_it()
    {
        var quantized = Quantized.Of(Begun().Node("Add", ["a", "b"], "s").Node("Transpose", ["s"], "t", "perm=0,1,3,2")
            .Node("InstanceNormalization", ["t", "one", "zero"], "n").Conv("n", "y", 2, 2).Output("y"));

        Assert.Equal("s,t,n", string.Join(',', quantized.Report.LeftInFloat.Select(node => node.Name)));
        quantized.ExpectNear(30);
    }

    [Fact]
    public void A_product_that_is_added_up_in_float_is_not_rounded()
    {
        var quantized = Quantized.Of(new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "c", 2, 1).Longs("flat", 1, 64).Node("Reshape", ["c", "flat"], "f")
            .Node("Softmax", ["f"], "p").Floats("places", [1, 64], [.. Enumerable.Range(0, 64).Select(place => place / 64f)])
            .Node("Mul", ["p", "places"], "m").Longs("axis", 1).Node("ReduceSum", ["m", "axis"], "y").Output("y"));

        Assert.Contains("m (Mul): its result is read as real numbers alone", quantized.LeftInFloat, StringComparison.Ordinal);
        quantized.ExpectNear(30);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_sum_that_a_layer_reads_too_or_that_is_an_output_runs_on_integers(bool isOutput)
    {
        var model = Begun().Node("Add", ["a", "b"], "s").Node("InstanceNormalization", ["s", "one", "zero"], "n").Conv("n", "y", 2, 2).Output("y");
        if (isOutput)
            model.Output("s");
        else
            model.Conv("s", "w", 2, 2).Output("w");

        Assert.Contains("QLinearAdd×1", Quantized.Of(model).Integers, StringComparison.Ordinal);
    }

    private static ModelBuilder Begun() => new ModelBuilder().Input("x", 1, 2, 5, 5).Floats("one", [2], 1, 1).Floats("zero", [2], 0, 0)
        .Conv("x", "a", 2, 2).Conv("x", "b", 2, 2);

    /// <summary>A sum, a normalization of it, and a layer of that to be added next.</summary>
    private static ModelBuilder Normalized(ModelBuilder model, string first, string second, string sum) => model
        .Node("Add", [first, second], sum).Node("InstanceNormalization", [sum, "one", "zero"], $"{sum}.normal").Conv($"{sum}.normal", $"{sum}.layer", 2, 2)
        .Node("Identity", [$"{sum}.layer"], sum == "s" ? "n1" : "n2");
}
