using QuantFunctional;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Repair;

/// <summary>Each form in which a file can hold a layer: what is mended, and that nothing else is.</summary>
public partial class LayerFormTests
{
    private static readonly float[] Steps = [0.01f, 0.02f, 0.005f, 0.013f];

    /// <summary>Channels 0 and 2 have pairs beyond 16 bits, the others have none.</summary>
    internal static sbyte[] Weights(int channels, int each, bool channelsFirst = true)
    {
        var weights = new sbyte[channels * each];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var i = 0; i < each; i++)
            {
                var small = (sbyte)(((channel * 31) + (i * 17)) % 61);
                var large = (sbyte)(i % 5 == 4 ? -100 : 90 + (((i * 7) + channel) % 37));
                weights[channelsFirst ? (channel * each) + i : (i * channels) + channel] = channel % 2 == 0 ? large : small;
            }
        }

        return weights;
    }

    private static ModelBuilder Conv(float[] steps, bool bias = true)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 2, 3, 3], Weights(4, 18), steps, 0);
        if (bias)
            model.Bias("b", [1000, -2000, 3000, 5], [.. Enumerable.Range(0, steps.Length).Select(i => 0.03f * steps[i])]);
        string[] inputs = bias ? ["xq", "w", "b"] : ["xq", "w"];
        return model.Node("Conv", inputs, "conv", node => { node.Name = "first"; node.Set("pads=1,1,1,1"); })
            .Pair("conv", "y", 0.2f, 60).Output("y", 1, 4, 8, 8);
    }

    [Fact]
    public void A_convolution_between_conversions()
    {
        var repaired = Repaired.Of(Conv(Steps)).ExpectTheSameEverywhere().ExpectOwnIntegers()
            .ExpectChanged("w.integers", "w.step", "b.integers", "b.step");

        var layer = Assert.Single(repaired.Report.Layers);
        Assert.Equal(("first", "Conv", 4, 2, 0, 2), (layer.Name, layer.Operator, layer.Channels, layer.Pairs, layer.Sums, layer.Biases));
        Assert.Equal([0, 2], layer.Changed);
        Assert.InRange(layer.LargestGrowth, 1.5, 2);
        Assert.InRange(layer.MeanGrowth, 1.5, layer.LargestGrowth);
        ExpectSqnr(repaired, each: 18);
        ExpectUntouched(repaired, "w.integers", 18, 1, 3);
        ExpectBiases(repaired, [1000, -2000, 3000, 5]);
    }

    [Fact]
    public void One_step_for_the_tensor_becomes_one_for_each_channel_and_the_others_keep_theirs()
    {
        var repaired = Repaired.Of(Conv([0.01f])).ExpectTheSameEverywhere().ExpectOwnIntegers()
            .ExpectChanged("w.integers", "w.step", "w.zero", "b.integers", "b.step");

        ExpectUntouched(repaired, "w.integers", 18, 1, 3);
        Assert.Equal([4L], repaired["w.step"].Dims);
        Assert.Equal([4L], repaired["w.zero"].Dims);
        var steps = TensorData.Floats(repaired["w.step"]);
        Assert.Equal((0.01f, 0.01f), (steps[1], steps[3]));
        Assert.True(steps[0] > 0.015f && steps[2] > 0.015f);
        Assert.Equal(0, repaired.After.Graph.Node.Single(node => node.Output[0] == "w").GetInt("axis", 1));
        Assert.Equal(0, repaired.After.Graph.Node.Single(node => node.Output[0] == "b").GetInt("axis", 1));
        ExpectBiases(repaired, [1000, -2000, 3000, 5]);
    }

    [Fact]
    public void A_real_bias_stays_as_it_is()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 2, 3, 3], Weights(4, 18), Steps, 0)
            .Floats("b", [4], 0.3f, -0.7f, 0.003f, 1.5f)
            .Node("Conv", ["xq", "w", "b"], "conv")
            .Pair("conv", "y", 0.2f, 60).Output("y", 1, 4, 6, 6);

        Repaired.Of(model).ExpectTheSameEverywhere().ExpectOwnIntegers().ExpectChanged("w.integers", "w.step");
    }

    [Theory]
    [InlineData("Gemm", false, 1)]
    [InlineData("Gemm", true, 4)]
    [InlineData("MatMul", false, 4)]
    [InlineData("MatMul", false, 1)]
    public void Products_between_conversions(string type, bool transposed, int steps)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 3, 19).Pair("x", "xq", 0.03f, 101)
            .Weights("w", transposed ? [4, 19] : [19, 4], Weights(4, 19, transposed), Steps[..steps], transposed ? 0 : 1);
        if (type == "Gemm")
            model.Bias("b", [1000, -2000, 3000, 5], [.. Steps[..steps].Select(step => 0.03f * step)]);
        string[] inputs = type == "Gemm" ? ["xq", "w", "b"] : ["xq", "w"];
        model.Node(type, inputs, "p", node => { if (transposed) node.SetInt("transB", 1); })
            .Pair("p", "y", 0.3f, 60).Output("y", 3, 4);

        var repaired = Repaired.Of(model).ExpectTheSameEverywhere().ExpectOwnIntegers();

        Assert.Equal([0, 2], Assert.Single(repaired.Report.Layers).Changed);
        Assert.Equal(transposed ? 0 : 1, repaired.After.Graph.Node.Single(node => node.Output[0] == "w").GetInt("axis", 1));
        Assert.Equal([4L], repaired["w.step"].Dims);
        if (type == "Gemm")
            ExpectBiases(repaired, [1000, -2000, 3000, 5]);
    }

    [Theory]
    [InlineData("QLinearMatMul", 1)]
    [InlineData("QLinearMatMul", 4)]
    [InlineData("QGemm", 1)]
    [InlineData("QGemm", 4)]
    public void Operators_that_carry_their_scales_along(string type, int steps)
    {
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 3, 19)
            .Floats("xs", [], 0.03f).Initializer(TensorData.Make("xz", [], [(byte)101]))
            .Floats("ws", steps == 1 ? [] : [4], Steps[..steps])
            .Initializer(TensorData.Make("wz", steps == 1 ? [] : [4], new sbyte[steps]))
            .Floats("ys", [], 0.3f).Initializer(TensorData.Make("yz", [], [(byte)60]))
            .Initializer(TensorData.Make("w", [19, 4], Weights(4, 19, false)))
            .Initializer(TensorData.Make("b", [4], [1000, -2000, 3000, 5]))
            .Node("QuantizeLinear", ["x", "xs", "xz"], "xi");
        string[] inputs = type == "QGemm"
            ? ["xi", "xs", "xz", "w", "ws", "wz", "b", "ys", "yz"]
            : ["xi", "xs", "xz", "w", "ws", "wz", "ys", "yz"];
        model.Node(type, inputs, "yi", node => node.Domain = type == "QGemm" ? "com.microsoft" : "")
            .Node("DequantizeLinear", ["yi", "ys", "yz"], "y").Output("y", 3, 4);

        var repaired = Repaired.Of(model).ExpectTheSameEverywhere().ExpectOwnIntegers();

        string[] changed = type == "QGemm" ? ["w", "ws", "b"] : ["w", "ws"];
        repaired.ExpectChanged(steps == 1 ? [.. changed, "wz"] : changed);
        Assert.Equal([4L], repaired["wz"].Dims);
        if (type != "QGemm")
            return;

        // the bias of such an operator has no step of its own
        var (after, biases) = (TensorData.Floats(repaired["ws"]), TensorData.Integers(repaired["b"]));
        long[] before = [1000, -2000, 3000, 5];
        for (var channel = 0; channel < 4; channel++)
        {
            var real = before[channel] * (double)(0.03f * Steps[steps == 1 ? 0 : channel]);
            Assert.Equal((long)Math.Round(real / (0.03f * after[channel]), MidpointRounding.ToEven), biases[channel]);
        }
    }

    /// <summary>Asserts that a layer's report tells the distance of its real weights, zero point taken off.</summary>
    private static void ExpectSqnr(Repaired repaired, int each, int zero = 0)
    {
        var old = TensorData.Floats(repaired.Before.Graph.Initializer.Single(tensor => tensor.Name == "w.step"));
        var (before, after, steps) = (
            TensorData.Integers(repaired.Before.Graph.Initializer.Single(tensor => tensor.Name == "w.integers")),
            TensorData.Integers(repaired["w.integers"]), TensorData.Floats(repaired["w.step"]));
        var (power, noise) = (0.0, 0.0);
        for (var i = 0; i < before.Length; i++)
        {
            var real = (before[i] - zero) * (double)old[old.Length == 1 ? 0 : i / each];
            power += real * real;
            noise += Math.Pow(real - ((after[i] - zero) * (double)steps[i / each]), 2);
        }

        Assert.Equal(10 * Math.Log10(power / noise), Assert.Single(repaired.Report.Layers).SqnrDb!.Value, 1e-6);
    }

    private static void ExpectUntouched(Repaired repaired, string weights, int each, params int[] channels)
    {
        var (before, after) = (
            TensorData.Integers(repaired.Before.Graph.Initializer.Single(tensor => tensor.Name == weights)),
            TensorData.Integers(repaired[weights]));
        for (var channel = 0; channel < 4; channel++)
        {
            var same = before.AsSpan(channel * each, each).SequenceEqual(after.AsSpan(channel * each, each));
            Assert.Equal(channels.Contains(channel), same);
        }
    }

    /// <summary>Asserts that every bias is the real one that it was, in steps of the products that it is added to.</summary>
    private static void ExpectBiases(Repaired repaired, int[] before)
    {
        var old = TensorData.Floats(repaired.Before.Graph.Initializer.Single(tensor => tensor.Name == "b.step"));
        var (integers, steps, weights) = (
            TensorData.Integers(repaired["b.integers"]), TensorData.Floats(repaired["b.step"]), TensorData.Floats(repaired["w.step"]));
        for (var channel = 0; channel < before.Length; channel++)
        {
            Assert.Equal(0.03f * weights[channel], steps[channel]);
            var real = before[channel] * (double)old[old.Length == 1 ? 0 : channel];
            Assert.Equal((long)Math.Round(real / steps[channel], MidpointRounding.ToEven), integers[channel]);
        }
    }
}
