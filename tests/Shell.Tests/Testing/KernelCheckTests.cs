using System.Collections.Immutable;
using QuantFunctional;
using QuantFunctional.Testing;
using Xunit;

namespace Shell.Tests.Testing;

/// <summary>A kernel that is written in C#, tried by the package as its users call it.</summary>
public sealed class KernelCheckTests
{
    private static readonly KernelOptions Products = new()
    {
        Profiles = [Profiles.TfliteSingleRounding],
        Precisions = [Precision.TfliteInt8],
        Paths = [ActivationPath.Int8],
        Layouts = [WeightLayout.OI],
        Features = KernelFeatures.All & ~KernelFeatures.Samples,
        Accepts = layer => layer.Shape.Inputs % 2 == 0,
    };

    [Fact]
    public void A_kernel_that_does_what_the_profile_says_passes()
    {
        var report = KernelCheck.Run((layer, input) => Run(layer, input, layer.Input.ZeroPoint), Products);
        Assert.True(report.Passed, report.Message);
        Assert.Null(report.Counterexample);
        Assert.Equal(300, report.Layers);
        Assert.Contains(report.Classes, kind => kind.Name == "matrix products" && kind.Count == 300);
        Assert.StartsWith("the kernel gives what the executor gives on 300 layers", report.Message);
    }

    [Fact]
    public void A_fault_is_told_with_the_smallest_layer_that_the_kernel_accepts()
    {
        var report = KernelCheck.Run((layer, input) => Run(layer, input, zeroPoint: 0), Products);
        Assert.False(report.Passed);
        var found = report.Counterexample!;
        Assert.Equal((1, 2), (found.Case.Layer.Shape.Channels, found.Case.Layer.Shape.Inputs));
        var fault = Assert.IsType<KernelFault.WrongOutput>(found.Fault);
        Assert.NotEqual(fault.Expected, fault.Found);
        Assert.Contains($"expected {fault.Expected}, got {fault.Found}", report.Message);
    }

    [Fact]
    public void A_layer_of_one_s_own_is_tried_and_made_smaller()
    {
        var layer = LayerSpec.Product(
            weights: [0.5f, -1.0f, 0.25f, 0.75f, 0.5f, 0.25f], inputs: 3,
            inputStep: 0.02, inputZeroPoint: -5, output: new RealRange(-2, 2));
        var options = new PlanOptions { Precision = Precision.TfliteInt8, Profile = Profiles.TfliteSingleRounding };
        var integers = Planner.Plan(layer, options).Integers;
        var input = new IntegerTensor([2, 3], [1, 2, 3, 4, 5, 6]);

        Assert.True(KernelCheck.Run((q, x) => Run(q, x, q.Input.ZeroPoint), integers, input).Passed);

        var found = KernelCheck.Run((q, x) => Run(q, x, zeroPoint: 0), integers, input).Counterexample!;
        Assert.Equal((1, 1), (found.Case.Layer.Shape.Count, found.Case.Input.Values.Length));

        var wrong = new IntegerTensor([2, 4], ImmutableArray.Create(new int[8]));
        Assert.Throws<ArgumentException>(() => KernelCheck.Run((q, x) => x, integers, wrong));
    }

    // a matrix product of the layout OI or IO, requantized with one rounding
    private static IntegerTensor Run(IntegerLayer layer, IntegerTensor input, int zeroPoint)
    {
        var (rows, channels) = (input.Sizes[0], layer.Shape.Channels);
        var output = new int[rows * channels];
        for (var i = 0; i < output.Length; i++)
        {
            var (row, channel) = (i / channels, i % channels);
            var sum = layer.Bias[channel];
            for (var k = 0; k < layer.Shape.Inputs; k++)
            {
                var stored = input.Values[row * layer.Shape.Inputs + k];
                sum += (stored - zeroPoint) * layer.Weights[layer.Shape.Index(channel, k, 0)];
            }

            var shift = layer.Shift[channel];
            var rounded = shift == 0 ? sum : (sum * layer.Multiplier[channel] + (1L << (shift - 1))) >> shift;
            output[i] = (int)Math.Clamp(
                rounded + layer.OutputOffset, layer.OutputRange.Low, layer.OutputRange.High);
        }

        return new IntegerTensor([rows, channels], [.. output]);
    }
}
