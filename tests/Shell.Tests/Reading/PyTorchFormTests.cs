using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Reading;

/// <summary>Quantized models in the form that PyTorch's exporter gives them.</summary>
public class PyTorchFormTests
{
    [Fact]
    public void Zero_points_behind_ConstantOfShape_and_Casts_to_the_same_type_are_read()
    {
        var model = Converted(shape: []).Build();

        var read = model.ExpectAgreement(Run.RandomInputs(model, low: -2, high: 2));

        Assert.Equal("a", read.Layers.Single().Name);
        Assert.Single(read.Joins);
        Assert.Empty(read.InFloat);
    }

    [Theory]
    [InlineData(0, 127)]
    [InlineData(10, 200)]
    [InlineData(null, 90)]
    public void A_Clip_of_integers_is_a_step_of_its_own(int? low, int high)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Floats("s", [], 0.02f)
            .Initializer(TensorData.Make("z", [], [(byte)30])).Initializer(TensorData.Make("high", [], [(byte)high]))
            .Node("QuantizeLinear", ["x", "s", "z"], "q");
        if (low is { } lowest)
            model.Initializer(TensorData.Make("low", [], [(byte)lowest]));
        var built = model.Node("Clip", ["q", low is null ? "" : "low", "high"], "k").Node("DequantizeLinear", ["k", "s", "z"], "d")
            .Weights("w", [3, 2, 1, 1], [40, -20, 30, 10, -50, 25], [0.01f], 0).Node("Conv", ["d", "w"], "c").Pair("c", "y", 0.03f, 120)
            .Output("y", 1, 3, 4, 4).Build();

        var read = built.ExpectAgreement(Run.RandomInputs(built, low: -1, high: 4));

        Assert.Single(read.Layers);
        Assert.Empty(read.InFloat);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_that_a_Clip_cuts_are_constants_and_are_repaired(bool areReal)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Pair("x", "d", 0.02f, 100)
            .Initializer(TensorData.Make("low", [], [(sbyte)-127])).Initializer(TensorData.Make("high", [], [(sbyte)120])).Floats("s", [], 0.01f)
            .Initializer(TensorData.Make("z", [], [(sbyte)0]));
        if (areReal)
            model.Floats("w.real", [2, 2, 1, 1], 1.27f, 1.19f, -1.28f, 0.1f).Node("QuantizeLinear", ["w.real", "s", "z"], "w.integers");
        else
            model.Initializer(TensorData.Make("w.integers", [2, 2, 1, 1], new sbyte[] { 127, 119, -128, 10 }));
        var built = model.Node("Clip", ["w.integers", "low", "high"], "w.cut").Node("DequantizeLinear", ["w.cut", "s", "z"], "w")
            .Node("Conv", ["d", "w"], "c").Pair("c", "y", 0.03f, 120).Output("y", 1, 2, 4, 4).Build();

        Assert.Single(built.ExpectAgreement(Run.RandomInputs(built, low: -2, high: 2)).Layers);
        Repaired.Of(built).ExpectPasses();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Weights_behind_a_Transpose_are_those_of_a_layer(bool areReal, bool isQuantized)
    {
        // as a Linear of data with three axes is exported
        var model = new ModelBuilder().Input("x", 1, 5, 4).Pair("x", "d", 0.02f, 100).Floats("s", [3], 0.01f, 0.012f, 0.009f)
            .Initializer(TensorData.Make("z", [3], new sbyte[3]));
        sbyte[] weights = [127, 119, -128, 10, 20, -30, 40, -50, 100, 127, 90, 80];
        if (areReal)
        {
            model.Floats("w.real", [3, 4], [.. weights.Select((weight, i) => weight * new[] { 0.01f, 0.012f, 0.009f }[i / 4])])
                .Node("QuantizeLinear", ["w.real", "s", "z"], "w.integers", node => node.SetInt("axis", 0));
        }
        else
        {
            model.Initializer(TensorData.Make("w.integers", [3, 4], weights));
        }

        model.Node("DequantizeLinear", ["w.integers", "s", "z"], "w", node => node.SetInt("axis", 0)).Node("Transpose", ["w"], "t", node => node.SetInts("perm", [1, 0]));
        if (isQuantized)
            model.Node("MatMul", ["d", "t"], "m").Pair("m", "y", 0.03f, 120).Output("y", 1, 5, 3);
        else
            model.Node("MatMul", ["d", "t"], "y").Output("y", 1, 5, 3);
        var built = model.Build();

        var certificate = IntegerModel.Load(built, Profiles.OnnxRuntimeX64Avx2).Certify();
        Assert.False(certificate.Passed);
        var repaired = Repaired.Of(built).ExpectPasses();
        if (isQuantized)
            repaired.After.ExpectAgreement(Run.RandomInputs(built, low: -2, high: 2));
    }

    [Fact]
    public void Repair_makes_scalars_of_steps_of_one_element_so_that_ONNX_Runtime_loads_the_model()
    {
        var broken = Converted(shape: [1]).Build();
        var refusal = Assert.Throws<QuantException>(() => QuantFunctional.Onnx.Reporting.FusedGraph.Count(broken));
        Assert.Contains("must be a scalar", refusal.Message, StringComparison.Ordinal);

        var repaired = Repaired.Of(broken);

        Assert.Equal(6, repaired.Report.ReshapedSteps);
        repaired.After.ExpectAgreement(Run.RandomInputs(broken, low: -2, high: 2));
        Assert.Null(Repaired.Of(repaired.After).Report.OutputPath);
    }

    [Fact]
    public void Repair_mends_pairs_of_such_a_model()
    {
        var repaired = Repaired.Of(Converted(shape: [], largest: 127));

        Assert.NotNull(repaired.Report.OutputPath);
        Assert.All(IntegerModel.Load(repaired.After, Profiles.OnnxRuntime).Certify().Layers, layer => Assert.True(layer.Passed));
    }

    /// <summary>A Conv whose integers a Cast hands on and whose bias has a computed zero point, added to its input.</summary>
    private static ModelBuilder Converted(long[] shape, sbyte largest = 60) => Stored(new ModelBuilder().Input("x", 1, 2, 4, 4), "x", "q", 0.02f, 100, shape)
        .Node("Cast", ["q"], "q_cast", Uint8).Node("DequantizeLinear", ["q_cast", "q.step", "q.zero"], "d")
        .Weights("w", [2, 2, 1, 1], [largest, largest, -30, 10], [0.01f], 0)
        .Initializer(TensorData.Make("b.integers", [2], [500, -700])).Floats("b.step", [], 0.02f * 0.01f).Longs("b.shape")
        .Node("ConstantOfShape", ["b.shape"], "b.filled", node => node.SetTensor("value", TensorData.Make("", [1], [0L])))
        .Node("Cast", ["b.filled"], "b.zero", node => node.SetInt("to", (long)DataType.Int32))
        .Node("DequantizeLinear", ["b.integers", "b.step", "b.zero"], "b")
        .Node("Conv", ["d", "w", "b"], "a").Also(model => Stored(model, "a", "aq", 0.03f, 110, shape))
        .Node("Cast", ["aq"], "aq_cast", Uint8).Node("DequantizeLinear", ["aq_cast", "aq.step", "aq.zero"], "ad")
        .Node("Cast", ["q"], "q_again", Uint8).Node("DequantizeLinear", ["q_again", "q.step", "q.zero"], "xd")
        .Node("Add", ["xd", "ad"], "s").Also(model => Stored(model, "s", "sq", 0.04f, 120, shape))
        .Node("DequantizeLinear", ["sq", "sq.step", "sq.zero"], "y").Output("y", 1, 2, 4, 4);

    private static ModelBuilder Stored(ModelBuilder model, string real, string integers, float step, byte zero, long[] shape) => model
        .Floats($"{integers}.step", shape, step).Initializer(TensorData.Make($"{integers}.zero", shape, [zero]))
        .Node("QuantizeLinear", [real, $"{integers}.step", $"{integers}.zero"], integers);

    private static void Uint8(NodeProto node) => node.SetInt("to", (long)DataType.Uint8);
}
