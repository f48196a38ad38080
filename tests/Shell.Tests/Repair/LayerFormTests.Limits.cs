using QuantFunctional;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

public partial class LayerFormTests
{
    [Fact]
    public void A_layer_whose_output_stays_real_is_mended_too()
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 3, 19).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [19, 4], Weights(4, 19, false), Steps, 1)
            .Node("MatMul", ["xq", "w"], "y", node => node.Name = "head").Output("y", 3, 4);

        var repaired = Repaired.Of(model).ExpectTheSameEverywhere().ExpectChanged("w.integers", "w.step");

        Assert.Equal(("head", "MatMul"), (repaired.Report.Layers[0].Name, repaired.Report.Layers[0].Operator));
    }

    [Fact]
    public void Weights_with_a_zero_point_keep_it()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Initializer(TensorData.Make("w.integers", [4, 2, 3, 3], Weights(4, 18)))
            .Floats("w.step", [], 0.01f).Initializer(TensorData.Make("w.zero", [], [(sbyte)20]))
            .Node("DequantizeLinear", ["w.integers", "w.step", "w.zero"], "w")
            .Node("Conv", ["xq", "w"], "conv").Pair("conv", "y", 0.2f, 60).Output("y", 1, 4, 6, 6);

        var repaired = Repaired.Of(model);

        repaired.ExpectChanged("w.integers", "w.step", "w.zero");
        Assert.Equal([20L, 20, 20, 20], TensorData.Integers(repaired["w.zero"]));
        var inputs = Run.RandomInputs(repaired.After, 3, -4, 4);
        Assert.Equal(Repaired.InFull(repaired.After, inputs)["y"].Values, Repaired.Default(repaired.After, inputs)["y"].Values);
        ExpectUntouched(repaired, "w.integers", 18, 1, 3);
        ExpectSqnr(repaired, each: 18, zero: 20);
    }

    [Fact]
    public void A_bias_that_the_accumulator_does_not_hold_with_its_products_raises_its_channels_step()
    {
        var weights = Array.ConvertAll(Weights(4, 18), weight => (sbyte)(weight / 3));
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 2, 3, 3], weights, Steps, 0)
            .Bias("b", [1000, 2_147_483_000, 3000, 5], [.. Steps.Select(step => 0.03f * step)])
            .Node("Conv", ["xq", "w", "b"], "conv").Pair("conv", "y", 0.2f, 60).Output("y", 1, 4, 6, 6);

        var repaired = Repaired.Of(model).ExpectOwnIntegers();

        var layer = Assert.Single(repaired.Report.Layers);
        Assert.Equal((0, 1), (layer.Pairs, layer.Sums));
        Assert.Equal([1], layer.Changed);
        // so small a growth moves no weight by half a step
        repaired.ExpectChanged("w.step", "b.integers", "b.step");
        ExpectBiases(repaired, [1000, 2_147_483_000, 3000, 5]);
    }

    /// <summary>Asserts that channels have every byte, step and bias that they had.</summary>
}
