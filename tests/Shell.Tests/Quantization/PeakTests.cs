using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Peaks are found where a tensor is equal to the largest of its neighbours, which rounding must not come between.</summary>
public class PeakTests
{
    [Theory]
    [InlineData("MaxPool", "kernel_shape=3,3 pads=1,1,1,1 strides=1,1")]
    [InlineData("ReduceMax", "axes=2,3 keepdims=1")]
    public void What_is_compared_with_a_float_tensor_stays_in_float(string chooses, string attributes)
    {
        var quantized = Quantized.Of(Peaks("Exp", chooses, attributes));

        Assert.Contains($"m ({chooses}): node e (Equal) compares its result with `h` itself", quantized.LeftInFloat, StringComparison.Ordinal);
        var peaks = quantized.Samples.Run(quantized.Original, OrtExecution.Plain)["y"].Count(value => value > 0);
        Assert.InRange(quantized.ExtendedOutputs["y"].Count(value => value > 0), peaks - (peaks / 4), peaks + (peaks / 4));
    }

    [Fact]
    public void What_is_compared_with_integers_is_of_the_same_integers()
    {
        var quantized = Quantized.Of(Peaks("Sigmoid", "MaxPool", "kernel_shape=3,3 pads=1,1,1,1 strides=1,1"));

        Assert.DoesNotContain("compares", quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.Contains("MaxPool×1", quantized.Integers, StringComparison.Ordinal);
    }

    private static ModelBuilder Peaks(string function, string chooses, string attributes) => new ModelBuilder()
        .Input("x", 1, 2, 8, 8).Conv("x", "c", 2, 3).Node(function, ["c"], "h").Node(chooses, ["h"], "m", attributes)
        .Node("Equal", ["h", "m"], "e").Node("Cast", ["e"], "f", "to=1").Node("Mul", ["f", "h"], "y").Output("y");
}
