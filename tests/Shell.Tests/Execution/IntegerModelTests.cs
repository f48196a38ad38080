using QuantFunctional;
using QuantFunctional.Checking;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>Whole quantized models on integers: what is read of them, and what is refused.</summary>
public class IntegerModelTests
{
    private static readonly sbyte[] Kernel = [.. Enumerable.Range(0, 4 * 2 * 9).Select(i => (sbyte)((i * 53 % 255) - 127))];
    private static readonly sbyte[] Matrix = [.. Enumerable.Range(0, 4 * 3).Select(i => (sbyte)((i * 91 % 255) - 127))];
    private static readonly float[] Steps = [0.01f, 0.02f, 0.005f, 0.013f];

    /// <summary>Conv with a Relu, a pool, and a Gemm behind a Flatten.</summary>
    private static ModelBuilder Network(float biasStep = 1)
    {
        var biasSteps = Array.ConvertAll(Steps, step => 0.03f * step * biasStep);
        var model = new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 2, 3, 3], Kernel, Steps, 0)
            .Bias("b", [100, -200, 300, 5], biasSteps)
            .Node("Conv", ["xq", "w", "b"], "conv", node => { node.Name = "first"; node.Set("pads=1,1,1,1 strides=2,2"); })
            .Node("Relu", ["conv"], "relu")
            .Pair("relu", "y", 0.05f, 0)
            .Node("GlobalAveragePool", ["y"], "mean")
            .Pair("mean", "meanq", 0.04f, 3)
            .Node("Flatten", ["meanq"], "flat")
            .Pair("flat", "flatq", 0.04f, 3)
            .Weights("v", [4, 3], Matrix, [0.02f], 1)
            .Bias("c", [7, -8, 9], [0.04f * 0.02f])
            .Node("Gemm", ["flatq", "v", "c"], "z", node => node.Name = "last");
        return model.Pair("z", "zq", 0.02f, 120).Output("zq", 1, 3);
    }

    [Fact]
    public void A_network_gives_what_ONNX_Runtime_gives()
    {
        var model = Network().ExpectAgreement();

        Assert.Equal(["first", "last"], model.Layers.Select(layer => layer.Name));
        Assert.Empty(model.InFloat);
        Assert.Equal([4, 3], model.Layers.Select(layer => layer.Integers.Shape.Channels));
    }

    [Fact]
    public void The_form_that_ONNX_Runtime_writes_is_the_same_network()
    {
        var plain = Network().Build();
        var (session, optimized) = OptimizedGraph.Open(plain, OrtSessions.IntegerKernels);
        session.Dispose();
        var types = optimized!.Graph.Node.Select(node => node.OpType).ToList();
        Assert.Contains("QGemm", types);

        var fused = IntegerModel.Load(new OnnxModel("fused.onnx", optimized));

        // channels-last convolutions stay out; everything else is read
        Assert.Contains(fused.Layers, layer => layer.Name.Length > 0 && layer.Operator == "Gemm");
    }

    [Fact]
    public void Operators_that_carry_their_scales_are_read_as_what_they_stand_for()
    {
        float[] wSteps = [0.01f, 0.02f];
        var model = new ModelBuilder().Opset("com.microsoft", 1)
            .Input("x", 1, 2, 6, 6)
            .Floats("xs", [], 0.03f).Initializer(TensorData.Make("xz", [], [(byte)101]))
            .Floats("ws", [2], wSteps).Initializer(TensorData.Make("wz", [2], new sbyte[2]))
            .Floats("ys", [], 0.05f).Initializer(TensorData.Make("yz", [], [(byte)7]))
            .Initializer(TensorData.Make("w", [2, 2, 3, 3], Kernel[..36]))
            .Initializer(TensorData.Make("b", [2], [500, -700]))
            .Node("QuantizeLinear", ["x", "xs", "xz"], "xi")
            .Node("QLinearConv", ["xi", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], "yi", node => node.Name = "conv")
            .Node("QLinearAdd", ["yi", "ys", "yz", "yi", "ys", "yz", "xs", "xz"], "si", node => node.Domain = "com.microsoft")
            .Node("DequantizeLinear", ["si", "xs", "xz"], "y")
            .Output("y", 1, 2, 4, 4);

        var read = model.ExpectAgreement();

        Assert.Equal("conv", Assert.Single(read.Layers).Name);
        Assert.Empty(read.InFloat);
    }

    [Fact]
    public void Signed_activations_and_weights_with_a_zero_point_agree_too()
    {
        var model = new ModelBuilder().Input("x", 3, 4).Pair("x", "xq", 0.03f, -5, signed: true)
            .Initializer(TensorData.Make("v.integers", [4, 3], Matrix))
            .Floats("v.step", [], 0.02f)
            .Initializer(TensorData.Make("v.zero", [], [(sbyte)0]))
            .Node("DequantizeLinear", ["v.integers", "v.step", "v.zero"], "v")
            .Node("MatMul", ["xq", "v"], "z");
        model.Pair("z", "zq", 0.05f, 3, signed: true).Output("zq", 3, 3).ExpectAgreement();
    }

    [Fact]
    public void A_real_bias_is_rounded_as_ONNX_Runtime_rounds_it()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 2, 3, 3], Kernel, Steps, 0)
            .Floats("b", [4], 0.1234f, -0.777f, 0.003f, 1.5f)
            .Node("Conv", ["xq", "w", "b"], "conv");
        model.Pair("conv", "y", 0.05f, 90).Output("y", 1, 4, 6, 6).ExpectAgreement();
    }

    [Fact]
    public void A_profile_gives_the_layers_its_own_arithmetic()
    {
        var own = IntegerModel.Load(Network().Build(), QuantFunctional.FSharp.BackendProfile.Tflite);

        Assert.All(own.Layers, layer => Assert.Equal("tflite", layer.Integers.Profile.Name));
        Assert.All(own.Layers, layer => Assert.All(layer.Integers.Multiplier.Values, m => Assert.True(m >= 1 << 30)));
        Assert.All(own.Layers, layer => Assert.True(layer.Certify().Passed));
    }

    [Theory]
    [InlineData(0, "tflite")]
    [InlineData(-100, "reference")]
    public void Layers_of_16_bits_are_those_of_a_target_that_takes_their_zero_point(short zero, string target)
    {
        var model = new ModelBuilder(opset: 21, ir: 10).Input("x", 3, 4)
            .Floats("s", [], 0.001f).Initializer(TensorData.Make("z", [], [zero]))
            .Node("QuantizeLinear", ["x", "s", "z"], "xi").Node("DequantizeLinear", ["xi", "s", "z"], "xq")
            .Weights("v", [4, 3], Matrix, [0.02f], 1)
            .Node("MatMul", ["xq", "v"], "y")
            .Node("QuantizeLinear", ["y", "s", "z"], "yi").Node("DequantizeLinear", ["yi", "s", "z"], "yq")
            .Output("yq", 3, 3);

        var layer = Assert.Single(IntegerModel.Load(model.Build()).Layers);

        Assert.Equal(target, layer.Integers.Profile.Name);
        Assert.True(layer.Certify().Passed);
    }

    [Fact]
    public void A_bias_step_that_is_not_the_product_of_the_others_is_a_violation()
    {
        var vnni = Profiles.OnnxRuntimeVnni;
        Assert.All(IntegerModel.Load(Network().Build(), vnni).Layers, layer => Assert.True(layer.Certify().Passed));

        var violations = IntegerModel.Load(Network(biasStep: 1.009f).Build(), vnni).Layers[0].Certify().Violations;

        Assert.Equal(4, violations.Count(violation => violation is Violation.BiasStepNotHeld));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(1.009f)]
    public void A_certificate_of_a_model_is_confirmed_by_other_arithmetic_bias_steps_included(float biasStep)
    {
        var model = IntegerModel.Load(Network(biasStep).Build());
        var certificate = model.Certify();
        var silent = certificate with
        {
            Layers = [.. certificate.Layers.Select(layer => layer with
            {
                Violations = [.. layer.Violations.Where(violation => violation.Kind != "bias-step-not-held")],
            })],
        };

        Assert.Empty(CertificateChecker.Disputes(certificate, model.ToChecked()));
        Assert.Equal(biasStep == 1 ? 0 : 4, CertificateChecker.Disputes(silent, model.ToChecked())
            .Count(dispute => dispute.Contains("bias-step-not-held", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_float_model_is_refused() => Assert.Contains(
        "a float model",
        Check.Refusal(() => IntegerModel.Load(new ModelBuilder().Input("x", 1, 4).Gemm("x", "y", 4, 3).Output("y", 1, 3).Build())),
        StringComparison.Ordinal);

    [Fact]
    public void What_stays_real_is_named_with_the_reason()
    {
        var model = new ModelBuilder().Input("x", 3, 4).Pair("x", "xq", 0.03f, 101)
            .Node("LogSoftmax", ["xq"], "e", node => node.Name = "grow");
        var own = IntegerModel.Load(model.Pair("e", "y", 0.05f, 0).Output("y", 3, 4).Build());

        Assert.Equal(new FloatNode("grow", "LogSoftmax", "no integer kernel of ONNX Runtime for it is known"), Assert.Single(own.InFloat));
        var refusal = Check.Refusal(own.RequireIntegers);
        Assert.Contains("output `y`", refusal, StringComparison.Ordinal);
        Assert.Contains("grow (LogSoftmax)", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "go along axis 1")]
    [InlineData(-3, "go along axis -3")]
    public void Weights_with_steps_along_another_axis_are_no_layer(int axis, string reason)
    {
        var model = new ModelBuilder().Input("x", 1, 4, 8, 8).Pair("x", "xq", 0.03f, 101)
            .Weights("w", [4, 4, 1, 1], Kernel[..16], Steps, axis)
            .Node("Conv", ["xq", "w"], "conv", node => node.Name = "wrong");

        var own = IntegerModel.Load(model.Pair("conv", "y", 0.05f, 90).Output("y", 1, 4, 8, 8).Build());

        Assert.Empty(own.Layers);
        Assert.Contains(reason, Assert.Single(own.InFloat).Reason, StringComparison.Ordinal);
    }
}
