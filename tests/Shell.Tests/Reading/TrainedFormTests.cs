using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Reading;

/// <summary>
/// Layers as training with quantization leaves them: a Conv, and behind it the Div, Add and BatchNormalization that a converter would
/// have folded; a Gemm behind a Flatten, with a real bias.
/// </summary>
public class TrainedFormTests
{
    private static readonly float[] Divisors = [0.5f, 1.25f, 0.8f];

    [Theory]
    [InlineData(true, new[] { 0.5f, 1.25f, 0.8f })]
    [InlineData(false, new[] { 0.5f, 1.25f, 0.8f })]
    [InlineData(true, new[] { 2f, 0.1f, 0.003f })]
    public void Repair_makes_one_layer_of_its_parts_and_keeps_its_integers(bool isPerChannel, float[] gammas)
    {
        var model = Trained(isPerChannel, gammas, isReal: true);

        var repaired = Repaired.Of(model);

        Assert.Equal(
            [("conv", "Div,Add,BatchNormalization"), ("gemm", "")],
            repaired.Report.Folded.Select(layer => (layer.Name, string.Join(",", layer.Operators))));
        Assert.Empty(repaired.Report.Layers);
        Assert.DoesNotContain(repaired.After.Graph.Node, node => node.OpType is "Div" or "Add" or "BatchNormalization");
        Assert.Equal(2, repaired.After.ExpectAgreement(Inputs(model)).Layers.Count);
        ExpectNear(model, repaired.After);
        Assert.Null(Repaired.Of(repaired.After).Report.OutputPath);
    }

    [Fact]
    public void A_negative_factor_turns_the_signs_of_stored_weights_and_a_factor_of_0_takes_them_away()
    {
        var model = Trained(isPerChannel: true, [-0.5f, 1.25f, 0], isReal: false);

        var repaired = Repaired.Of(model);

        Assert.Equal(2, repaired.After.ExpectAgreement(Inputs(model)).Layers.Count);
        ExpectNear(model, repaired.After);
    }

    [Fact]
    public void Other_engines_read_it_as_the_one_layer_that_it_is()
    {
        var model = Trained(isPerChannel: true, Divisors, isReal: true);

        var asItIs = IntegerModel.Load(model, Profiles.Tflite);
        var repaired = IntegerModel.Load(Repaired.Of(model).After, Profiles.Tflite);

        Assert.Equal(["conv", "gemm"], asItIs.Layers.Select(layer => layer.Name));
        Assert.Equal(
            repaired.Layers.Select(layer => layer.Integers.Bias.ToArray()), asItIs.Layers.Select(layer => layer.Integers.Bias.ToArray()));
        Assert.True(asItIs.Certify().Passed);
    }

    [Fact]
    public void That_ONNX_Runtime_runs_the_parts_in_float_is_said_with_the_remedy()
    {
        var model = Trained(isPerChannel: true, Divisors, isReal: true);

        var read = IntegerModel.Load(model);

        Assert.Empty(read.Layers);
        Assert.Contains("left Div, Add, BatchNormalization between it and its QuantizeLinear", Reason("conv"), StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime moves none through a Flatten", Reason("gemm"), StringComparison.Ordinal);
        Assert.All(["conv", "gemm"], name => Assert.Contains("quantfn repair", Reason(name), StringComparison.Ordinal));

        string Reason(string name) => read.InFloat.Single(node => node.Name == name).Reason;
    }

    [Fact]
    public void What_another_node_reads_between_the_parts_stays()
    {
        var model = Parts(new ModelBuilder(), isPerChannel: true, Divisors, isReal: true)
            .Pair("relu", "y", 0.02f, 0).Output("y", 1, 3, 4, 4).Output("divided", 1, 3, 4, 4).Build();

        Assert.Empty(Repaired.Of(model).Report.Folded);
    }

    /// <summary>The network in ONNX Runtime, in float where it has parts, and repaired: they differ by roundings alone.</summary>
    private static void ExpectNear(OnnxModel model, OnnxModel repaired)
    {
        var inputs = Inputs(model);
        var (before, after) = (Run.Model(model.ToBytes(), inputs)["y"].Values, Run.Model(repaired.ToBytes(), inputs)["y"].Values);
        Assert.All(before.Zip(after), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 2 * OutputStep));
        Assert.InRange(before.Distinct().Count(), 4, int.MaxValue);
    }

    private const float OutputStep = 0.02f;

    private static IReadOnlyDictionary<string, FloatTensor> Inputs(OnnxModel model) => Run.RandomInputs(model, low: -2, high: 2);

    private static OnnxModel Trained(bool isPerChannel, float[] gammas, bool isReal) =>
        Parts(new ModelBuilder(), isPerChannel, gammas, isReal).Pair("relu", "r", 0.02f, 0)
            .Node("Flatten", ["r"], "flat")
            .Between("g.real", -0.2f, 0.2f, 5, 48).Floats("g.step", [5], 0.004f, 0.003f, 0.004f, 0.0035f, 0.004f).Zeros("g.zero", 5)
            .Node("QuantizeLinear", ["g.real", "g.step", "g.zero"], "g.integers", Axis)
            .Node("DequantizeLinear", ["g.integers", "g.step", "g.zero"], "g", Axis)
            .Floats("g.bias", [5], 0.1f, -0.2f, 0.3f, 0, 0.05f)
            .Node("Gemm", ["flat", "g", "g.bias"], "gemm", node => node.SetInt("transB", 1))
            .Pair("gemm", "y", OutputStep, 120).Output("y", 1, 5).Build();

    private static ModelBuilder Parts(ModelBuilder model, bool isPerChannel, float[] gammas, bool isReal)
    {
        float[] steps = isPerChannel ? [0.01f, 0.02f, 0.015f] : [0.01f];
        model.Input("x", 1, 2, 4, 4).Pair("x", "d", 0.02f, 100);
        if (isReal)
        {
            model.Between("w.real", -0.5f, 0.5f, 3, 2, 1, 1).Floats("w.step", isPerChannel ? [3] : [], steps).Zeros("w.zero", isPerChannel ? [3] : [])
                .Node("QuantizeLinear", ["w.real", "w.step", "w.zero"], "w.integers", Axis)
                .Node("DequantizeLinear", ["w.integers", "w.step", "w.zero"], "w", Axis);
        }
        else
        {
            model.Weights("w", [3, 2, 1, 1], [40, -20, 30, 10, -50, 25], steps, 0);
        }

        return model.Floats("divisor", [1, 3, 1, 1], Divisors).Floats("bias", [1, 3, 1, 1], 0.2f, -0.1f, 0.05f)
            .Floats("gamma", [3], gammas).Floats("beta", [3], 0.1f, 0.3f, 0.2f).Floats("mean", [3], 0.1f, -0.1f, 0.05f).Floats("variance", [3], 1, 1.5f, 0.5f)
            .Node("Conv", ["d", "w"], "conv")
            .Node("Div", ["conv", "divisor"], "divided")
            .Node("Add", ["divided", "bias"], "sum")
            .Node("BatchNormalization", ["sum", "gamma", "beta", "mean", "variance"], "normal")
            .Node("Relu", ["normal"], "relu");
    }

    private static void Axis(NodeProto node) => node.SetInt("axis", 0);
}

file static class BuilderZeros
{
    internal static ModelBuilder Zeros(this ModelBuilder model, string name, params long[] dims) =>
        model.Initializer(TensorData.Make(name, dims, DataType.Int8, new byte[dims.Aggregate(1L, (count, size) => count * size)]));
}
