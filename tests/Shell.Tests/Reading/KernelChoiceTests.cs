using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Reading;

/// <summary>
/// How a layer of a file adds its products: what is read is what ONNX Runtime computes on the processor at hand, with weights
/// and inputs that saturate wherever pairs are added.
/// </summary>
public class KernelChoiceTests
{
    private static readonly float[] Alike = [.. Enumerable.Range(0, 2 * 4 * 4).Select(i => 3.5f + (0.01f * i))];

    private static sbyte[] Weights(int count) => [.. Enumerable.Range(0, count).Select(i => (sbyte)(127 - (i % 5)))];

    private static ModelBuilder Start(bool signed) =>
        new ModelBuilder().Opset("com.microsoft", 1).Input("x", 1, 2, 4, 4).Pair("x", "xq", signed ? 0.03f : 0.015f, 0, signed);

    private static ModelBuilder Unsigned(ModelBuilder model, string name, long[] dims, sbyte[] values) => model
        .Initializer(TensorData.Make($"{name}.integers", dims, Array.ConvertAll(values, v => (byte)(v + 128))))
        .Floats($"{name}.step", [], 0.01f)
        .Initializer(TensorData.Make($"{name}.zero", [], [(byte)128]))
        .Node("DequantizeLinear", [$"{name}.integers", $"{name}.step", $"{name}.zero"], name);

    /// <summary>Asserts how each layer adds products, and that the default session gives the integers that are read here.</summary>
    private static void Expect(ModelBuilder builder, params bool[] inFull)
    {
        var model = builder.Build();
        var layers = IntegerModel.Load(model).Layers;
        Assert.Equal(inFull, layers.Select(layer => layer.Integers.ProductSums.IsInFull));
        Assert.All(layers, layer => Assert.Equal("onnxruntime", layer.Integers.Profile.Name));

        var own = IntegerModel.Load(model, HostProcessor.Profile).Run(
            new Dictionary<string, RealArray<float>> { ["x"] = new(Alike, [1, 2, 4, 4]) }).Outputs;
        var inputs = new Dictionary<string, FloatTensor> { ["x"] = new([1, 2, 4, 4], Alike) };
        foreach (var (name, theirs) in Run.Model(model.ToBytes(), inputs, () => OrtSessions.Options()))
            Assert.Equal(theirs.Values, own[name].Values.ToArray());
    }

    private static ModelBuilder Conv(ModelBuilder model, string input, string output, long channels = 2)
    {
        model.Weights($"{output}.w", [2, channels, 2, 2], Weights((int)(8 * channels)), [0.01f], 0);
        return model.Node("Conv", [input, $"{output}.w"], $"{output}.real");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_times_signed_weights_are_added_in_pairs(bool signed) =>
        Expect(Conv(Start(signed), "xq", "y").Pair("y.real", "y", 0.2f, 0, signed).Output("y", 1, 2, 3, 3), false);

    [Fact]
    public void Unsigned_weights_are_added_in_full()
    {
        var model = Unsigned(Start(false), "w", [2, 2, 2, 2], Weights(16)).Node("Conv", ["xq", "w"], "y.real");
        Expect(model.Pair("y.real", "y", 0.2f, 0).Output("y", 1, 2, 3, 3), true);
    }

    [Fact]
    public void Depthwise_weights_are_added_in_full()
    {
        var model = Start(false).Weights("w", [2, 1, 2, 2], Weights(8), [0.01f], 0)
            .Node("Conv", ["xq", "w"], "y.real", node => node.SetInt("group", 2));
        Expect(model.Pair("y.real", "y", 0.2f, 0).Output("y", 1, 2, 3, 3), true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Signed_inputs_of_an_operator_stay_signed(bool signed)
    {
        var model = Start(signed).Floats("ys", [], 0.2f).Floats("ws", [], 0.01f)
            .Initializer(TensorData.Make("w", [2, 2, 2, 2], Weights(16)))
            .Initializer(TensorData.Make("wz", [], [(sbyte)0]))
            .Initializer(signed ? TensorData.Make("yz", [], [(sbyte)0]) : TensorData.Make("yz", [], [(byte)0]))
            .Node("QLinearConv", ["xq.integers", "xq.step", "xq.zero", "w", "ws", "wz", "ys", "yz"], "yi")
            .Node("DequantizeLinear", ["yi", "ys", "yz"], "y").Output("y", 1, 2, 3, 3);

        Expect(model, signed);
    }

    [Fact]
    public void Signed_inputs_that_two_layers_read_stay_signed_and_run_in_float() =>
        Expect(
            Conv(Conv(Start(true), "xq", "y"), "xq", "z")
                .Pair("y.real", "y", 0.2f, 0, true).Pair("z.real", "z", 0.3f, 0, true)
                .Output("y", 1, 2, 3, 3).Output("z", 1, 2, 3, 3),
            true, true);

    [Fact]
    public void Signed_outputs_that_two_conversions_read_stay_signed() =>
        Expect(
            Conv(Start(true), "xq", "y").Pair("y.real", "y", 0.2f, 0, true)
                .Node("DequantizeLinear", ["y.integers", "y.step", "y.zero"], "again")
                .Output("y", 1, 2, 3, 3).Output("again", 1, 2, 3, 3),
            true);

    [Fact]
    public void Signed_inputs_whose_zero_point_QuantizeLinear_alone_has_are_added_in_pairs()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4);
        Signed(model, "x", "xq", 0.03f);
        Conv(model, "xq", "y");
        Signed(model, "y.real", "y", 0.2f);
        Expect(model.Output("y", 1, 2, 3, 3), false);

        static void Signed(ModelBuilder model, string tensor, string output, float step) => model
            .Floats($"{output}.step", [], step).Initializer(TensorData.Make($"{output}.zero", [], [(sbyte)0]))
            .Node("QuantizeLinear", [tensor, $"{output}.step", $"{output}.zero"], $"{output}.integers")
            .Node("DequantizeLinear", [$"{output}.integers", $"{output}.step"], output);
    }

    [Fact]
    public void Signed_weights_with_a_zero_point_are_read_where_no_stored_pair_saturates()
    {
        static ModelBuilder Model(sbyte weight)
        {
            var model = Start(false)
                .Initializer(TensorData.Make("w.i", [2, 2, 2, 2], Enumerable.Repeat(weight, 16).ToArray()))
                .Floats("w.s", [], 0.01f).Initializer(TensorData.Make("w.z", [], [(sbyte)-20]))
                .Node("DequantizeLinear", ["w.i", "w.s", "w.z"], "w").Node("Conv", ["xq", "w"], "y.real");
            return model.Pair("y.real", "y", 0.2f, 0).Output("y", 1, 2, 3, 3);
        }

        // stored 60, and 80 without the zero point: two of the latter would not fit
        Expect(Model(60), true);

        var refused = IntegerModel.Load(Model(100).Build());
        Assert.Empty(refused.Layers);
        Assert.Contains("--profile onnxruntime-vnni", Assert.Single(refused.InFloat).Reason, StringComparison.Ordinal);
        Assert.Single(IntegerModel.Load(Model(100).Build(), QuantFunctional.Profiles.OnnxRuntimeVnni).Layers);
    }
}
