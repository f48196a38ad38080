using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reading;
using Shell.Tests.Codes;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Reading;

/// <summary>Files are read as ONNX Runtime runs them by default, on the processor at hand, or refused with the reason.</summary>
public class RuntimeGraphTests
{
    private static ModelBuilder Start(params long[] dims) => new ModelBuilder().Input("x", dims);

    /// <summary>Asserts that the default session gives the same outputs, and gives the model.</summary>
    private static IntegerModel ExpectDefault(ModelBuilder builder, int seed = 1)
    {
        var model = builder.Build();
        var own = IntegerModel.Load(model, new ReadingTarget(HostProcessor.Profile, HostProcessor.Profile));
        var inputs = Run.RandomInputs(model, seed, -4, 4);
        var made = own.Run(inputs.ToDictionary(
            input => input.Key, input => new RealArray<float>(input.Value.Values, input.Value.Dims))).Outputs;
        foreach (var (name, theirs) in Run.Model(model.ToBytes(), inputs, () => OrtSessions.Options()))
            Assert.Equal(theirs.Values, made[name].Values.ToArray());
        return own;
    }

    private static string Reason(ModelBuilder builder) =>
        Check.Refusal(IntegerModel.Load(builder.Build(), HostProcessor.Profile).RequireIntegers);

    private static ModelBuilder Conv(ModelBuilder model) => model.Pair("x", "xq", 0.03f, 101)
        .Weights("w", [2, 2, 1, 1], [50, -20, 7, 5], [0.01f], 0).Node("Conv", ["xq", "w"], "c");

    [Theory]
    [InlineData(0.04f, 120, 0.05f, 90)]
    [InlineData(0.05f, 90, 0.04f, 120)]
    [InlineData(0.05f, 90, 0.05f, 90)]
    [InlineData(0.01f, 0, 0.05f, 128)]
    public void Two_pairs_become_one(float step, int zero, float otherStep, int otherZero) =>
        ExpectDefault(Conv(Start(1, 2, 5, 5)).Pair("c", "once", step, zero).Pair("once", "y", otherStep, otherZero).Output("y", 1, 2, 5, 5));

    [Theory]
    [InlineData(133)]
    [InlineData(0)]
    public void An_average_over_the_whole_plane_is_the_global_one(int zero)
    {
        foreach (var seed in Enumerable.Range(1, 20))
        {
            var model = Start(4, 3, 3, 2).Pair("x", "xq", 0.03f, 101)
                .Node("AveragePool", ["xq"], "p", "kernel_shape=3,2").Pair("p", "y", 0.02f, zero).Output("y", 4, 3, 1, 1);
            ExpectDefault(model, seed);
        }
    }

    [Fact]
    public void A_Softmax_over_one_element_is_told_and_computed_as_on_this_processor()
    {
        var model = Start(3, 1, 4).Pair("x", "xq", 0.03f, 101)
            .Node("Softmax", ["xq"], "s", "axis=1").Pair("s", "y", 1f / 256, 0).Output("y", 3, 1, 4);

        Assert.Contains("put a constant 1 in its place", Provoke.Warned(Diagnostics.SoftmaxOfOne, ExpectDefault(model).Notices).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Softmax_before_opset_13_goes_over_all_axes_from_its_own_on()
    {
        var model = new ModelBuilder(12, 7).Input("x", 2, 3, 4).Pair("x", "xq", 0.03f, 101)
            .Node("Softmax", ["xq"], "s").Pair("s", "y", 1f / 256, 0).Output("y", 2, 3, 4);

        ExpectDefault(model);
    }

    [Fact]
    public void Signed_tensors_that_are_made_unsigned_are_added_as_such()
    {
        foreach (var seed in Enumerable.Range(1, 10))
        {
            var model = Start(2, 30).Input("z", 2, 30).Pair("x", "xq", 0.031f, 11, true).Pair("z", "zq", 0.027f, -7, true)
                .Node("Add", ["xq", "zq"], "s").Pair("s", "y", 0.043f, 3, true).Output("y", 2, 30);
            Assert.Empty(ExpectDefault(model, seed).Notices);
        }
    }

    [Fact]
    public void A_product_of_two_activations_runs_on_integers()
    {
        var model = Start(3, 4, 7).Input("z", 3, 7, 5).Pair("x", "xq", 0.03f, 101).Pair("z", "zq", 0.02f, 140)
            .Node("MatMul", ["xq", "zq"], "p").Pair("p", "y", 0.1f, 120).Output("y", 3, 4, 5);

        Assert.Empty(ExpectDefault(model).InFloat);
    }

    [Fact]
    public void A_choice_by_a_constant_runs_on_integers()
    {
        var model = Start(2, 6).Input("z", 2, 6).Pair("x", "xq", 0.03f, 101).Pair("z", "zq", 0.02f, 140)
            .Initializer(TensorData.Make("m", [6], TensorProto.Types.DataType.Bool, [1, 0, 0, 1, 1, 0]))
            .Node("Where", ["m", "xq", "zq"], "w").Pair("w", "y", 0.04f, 120).Output("y", 2, 6);

        Assert.Empty(ExpectDefault(model).InFloat);
    }

    [Fact]
    public void What_moves_integers_themselves_runs()
    {
        var model = Start(2, 6).Floats("s", [], 0.03f).Initializer(TensorData.Make("z", [], [(byte)101]))
            .Node("QuantizeLinear", ["x", "s", "z"], "q").Node("Transpose", ["q"], "t", "perm=1,0")
            .Node("DequantizeLinear", ["t", "s", "z"], "y").Output("y", 6, 2);

        Assert.Empty(ExpectDefault(model).InFloat);
    }

    [Theory]
    [InlineData("Conv", 1.009f, true)]
    [InlineData("Conv", 1.02f, false)]
    [InlineData("Gemm", 2f, true)]
    public void A_bias_in_other_steps_is_taken_as_ONNX_Runtime_takes_it(string opType, float factor, bool isInteger)
    {
        long[] dims = opType == "Conv" ? [2, 2, 1, 1] : [2, 2];
        var model = (opType == "Conv" ? Start(1, 2, 5, 5) : Start(5, 2)).Pair("x", "xq", 0.3f, 101)
            .Weights("w", dims, [50, -20, 7, 5], [0.1f], 0).Bias("b", [400, -3000], [0.3f * 0.1f * factor])
            .Node(opType, ["xq", "w", "b"], "c").Pair("c", "y", 0.9f, 90).Output("y", opType == "Conv" ? new long[] { 1, 2, 5, 5 } : [5, 2]);

        if (isInteger)
            ExpectDefault(model);
        else
            Assert.Contains("other steps", Reason(model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_Relu_that_stays_leaves_its_layer_in_float()
    {
        var model = Conv(Start(1, 2, 5, 5)).Node("Relu", ["c"], "r").Pair("r", "y", 0.05f, 90).Output("y", 1, 2, 5, 5);

        Assert.Contains("the Relu behind it stays", Reason(model), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_is_read_as_it_is_leaves_its_layer_in_float()
    {
        var model = Conv(Start(1, 2, 5, 5)).Pair("c", "y", 0.05f, 90).Output("y", 1, 2, 5, 5).Output("c", 1, 2, 5, 5);

        Assert.Contains("more than one QuantizeLinear alone", IntegerModel.Load(model.Build()).InFloat.Single(node => node.IsLayer).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Gemm_without_a_zero_point_runs_in_float()
    {
        var model = Start(5, 2).Pair("x", "xq", 0.03f, 101)
            .Initializer(TensorData.Make("wi", [2, 2], [(sbyte)50, (sbyte)-20, (sbyte)7, (sbyte)5])).Floats("ws", [], 0.01f)
            .Node("DequantizeLinear", ["wi", "ws"], "w").Node("Gemm", ["xq", "w"], "c").Pair("c", "y", 0.05f, 90).Output("y", 5, 2);

        Assert.Contains("has no zero point", Reason(model), StringComparison.Ordinal);
    }

    [Fact]
    public void Signed_tensors_of_two_readers_are_told_to_run_in_float_on_x64()
    {
        var model = Start(1, 2, 5, 5).Pair("x", "xq", 0.03f, 1, true);
        foreach (var layer in new[] { "a", "b" })
        {
            model.Weights($"{layer}w", [2, 2, 1, 1], [50, -20, 7, 5], [0.01f], 0).Node("Conv", ["xq", $"{layer}w"], $"{layer}c")
                .Pair($"{layer}c", layer, 0.05f, 3, true).Output(layer, 1, 2, 5, 5);
        }

        var own = IntegerModel.Load(model.Build(), Profiles.OnnxRuntimeX64Avx2);
        Assert.Equal(2, own.Layers.Count);
        Assert.Contains("session.qdqisint8allowed=1", Provoke.Warned(Diagnostics.SignedAlone, own.Notices).Message, StringComparison.Ordinal);
    }
}
