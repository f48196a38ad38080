using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Reading;

/// <summary>Weights and biases of other tools: those that are quantized at the run, and biases in steps of their own.</summary>
public class LayerConstantsTests
{
    private static readonly float[] Steps = [0.01f, 0.02f, 0.005f];

    private static ModelBuilder Conv(float biasFactor, bool oneBiasStep = false)
    {
        float[] biasSteps = oneBiasStep ? [0.03f * Steps[0]] : Array.ConvertAll(Steps, step => 0.03f * step * biasFactor);
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [3, 2, 1, 1], [50, -40, 30, 20, -60, 7], Steps, 0).Bias("b", [500, -900, 700], biasSteps)
            .Node("Conv", ["xq", "w", "b"], "y", node => node.Name = "conv");
        return model.Pair("y", "yq", 0.05f, 90).Output("yq", 1, 3, 4, 4);
    }

    /// <summary>A float weight behind a QuantizeLinear, with one step or one for each output channel.</summary>
    private static ModelBuilder FakeQuantized(bool perChannel, bool signed)
    {
        long[] shape = perChannel ? [3] : [];
        var steps = perChannel ? Steps : [0.02f];
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Pair("x", "xq", 0.03f, 101)
            .Between("w.real", -0.6f, 0.6f, 3, 2, 1, 1).Floats("w.step", shape, steps)
            .Initializer(signed
                ? TensorData.Make("w.zero", shape, new sbyte[steps.Length])
                : TensorData.Make("w.zero", shape, Enumerable.Repeat((byte)128, steps.Length).ToArray()))
            .Node("QuantizeLinear", ["w.real", "w.step", "w.zero"], "w.integers", node => node.SetInt("axis", 0))
            .Node("DequantizeLinear", ["w.integers", "w.step", "w.zero"], "w", node => node.SetInt("axis", 0))
            .Node("Conv", ["xq", "w"], "y", node => node.Name = "conv");
        return model.Pair("y", "yq", 0.05f, 90).Output("yq", 1, 3, 4, 4);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Weights_that_a_file_quantizes_at_the_run_are_constants(bool perChannel, bool signed)
    {
        var model = FakeQuantized(perChannel, signed).ExpectAgreement();

        Assert.Equal("conv", Assert.Single(model.Layers).Name);
        Assert.Empty(model.InFloat);
    }

    [Theory]
    [InlineData(1f, true)]
    [InlineData(1.009f, true)]
    [InlineData(1.02f, false)]
    [InlineData(2f, false)]
    public void A_bias_in_other_steps_leaves_a_convolution_in_float_as_in_ONNX_Runtime(float factor, bool fuses)
    {
        var builder = Conv(factor);
        var (session, optimized) = OptimizedGraph.Open(builder.Build(), () => OrtSessions.Options());
        session.Dispose();
        Assert.Equal(fuses, optimized!.Graph.Node.Any(node => node.OpType == "QLinearConv"));

        if (fuses)
        {
            builder.ExpectAgreement();
            return;
        }

        Assert.All([null, Profiles.Reference], profile =>
        {
            var own = IntegerModel.Load(builder.Build(), profile);
            Assert.Empty(own.Layers);
            Assert.Contains("stored in other steps", Assert.Single(own.InFloat).Reason, StringComparison.Ordinal);
            Assert.Contains("conv (Conv)", Check.Refusal(own.RequireIntegers), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void One_bias_step_for_channels_of_several_is_named_with_the_channel()
    {
        var own = IntegerModel.Load(Conv(1, oneBiasStep: true).Build());

        Assert.Contains("the bias of its channel 1", Assert.Single(own.InFloat).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bias_that_is_made_at_the_run_is_named()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [3, 2, 1, 1], [50, -40, 30, 20, -60, 7], [0.02f], 0)
            .Input("real", 3).Pair("real", "b", 0.02f, 0).Node("Conv", ["xq", "w", "b"], "y", node => node.Name = "conv")
            .Pair("y", "yq", 0.05f, 90).Output("yq", 1, 3, 4, 4);

        var left = Assert.Single(IntegerModel.Load(model.Build(), Profiles.Reference).InFloat);
        Assert.Contains("its bias is not constant", left.Reason, StringComparison.Ordinal);
    }

    [SharedTheory]
    [InlineData("bias-step-x2.onnx")]
    [InlineData("bias-one-step-for-channels.onnx")]
    public void Files_with_a_bias_in_other_steps_are_refused_by_name(string name) => Assert.Contains(
        "ONNX Runtime runs it in float",
        Check.Refusal(IntegerModel.Load(Shared.File($"cases/qdq/{name}")).RequireIntegers),
        StringComparison.Ordinal);

    [SharedFact]
    public void A_file_with_fake_quantized_weights_gives_ONNX_Runtimes_integers()
    {
        var model = OnnxModel.Load(Shared.File("cases/qdq/fake-quantized-float-weights.onnx"));
        using var engine = new EngineComparer(model);
        using var samples = SampleSource.Open(Shared.File("cases/qdq/x64.npy"), model);

        while (samples.MoveNext())
            engine.Add(samples);

        Assert.Equal(0, engine.Result().Differing);
        Assert.True(engine.Result().Equal >= 64);
    }
}
