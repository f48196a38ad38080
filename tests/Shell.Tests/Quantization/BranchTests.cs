using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Layers inside the branches of an If.</summary>
public class BranchTests
{
    [Fact]
    public void Layers_of_both_branches_run_on_integers()
    {
        var quantized = Quantized.Of(Choosing(), low: -0.5f, high: 0.6f).ExpectNear(30);

        Assert.Equal("QLinearConv×3", quantized.Integers);
        Assert.Equal(["a", "b", "y"], quantized.Report.Layers.Select(layer => layer.Name).Order());
        Assert.Equal("If", quantized.Model.Graph.Node.Single(node => GraphWalk.Bodies(node).Any()).OpType);
    }

    [Fact]
    public void The_If_may_make_the_models_output_and_hold_another_If()
    {
        var inner = new ModelBuilder().Random("w2", 4, 2, 3, 3)
            .Node("Conv", ["x", "w2"], "u", Padded).If("d", "t",
                new ModelBuilder().Random("w3", 4, 4, 1, 1).Node("Conv", ["u", "w3"], "v").Output("v", 1, 4, 6, 6),
                new ModelBuilder().Node("Relu", ["u"], "s").Output("s", 1, 4, 6, 6))
            .Output("t", 1, 4, 6, 6);
        var model = Condition("d", 0.05f, Condition("c", 0.04f, new ModelBuilder().Input("x", 1, 2, 6, 6)))
            .If("c", "y", inner, new ModelBuilder().Random("w4", 4, 2, 3, 3).Node("Conv", ["x", "w4"], "e", Padded).Output("e", 1, 4, 6, 6))
            .Output("y", 1, 4, 6, 6);

        var quantized = Quantized.Of(model, low: -0.5f, high: 0.6f).ExpectNear(28);

        Assert.StartsWith("QLinearConv×3", quantized.Integers);
    }

    [Fact]
    public void Integers_from_before_the_If_are_read_in_the_branches()
    {
        var model = Condition("c", 0.05f, new ModelBuilder().Input("x", 1, 2, 6, 6)).Random("w0", 3, 2, 3, 3).Random("k", 3, 1, 1)
            .Node("Conv", ["x", "w0"], "z", Padded)
            .If("c", "y",
                new ModelBuilder().Random("w1", 4, 3, 3, 3).Node("Conv", ["z", "w1"], "a", Padded).Output("a", 1, 4, 6, 6),
                new ModelBuilder().Random("w2", 4, 3, 1, 1).Node("Mul", ["z", "k"], "m").Node("Conv", ["m", "w2"], "b").Output("b", 1, 4, 6, 6))
            .Node("Concat", ["z", "y"], "o", node => node.SetInt("axis", 1))
            .Random("w3", 2, 7, 1, 1).Node("Conv", ["o", "w3"], "p").Output("p", 1, 2, 6, 6);

        var quantized = Quantized.Of(model, low: -0.5f, high: 0.6f).ExpectNear(30);

        Assert.Equal("QLinearConcat×1 QLinearConv×4", quantized.Integers);
    }

    [Fact]
    public void A_branch_that_no_sample_runs_stays_in_float_and_is_named()
    {
        var quantized = Quantized.Of(Choosing(), low: 0.2f, high: 1).ExpectNear(30);

        Assert.Equal("QLinearConv×2", quantized.Integers);
        Assert.Contains("b (Conv): no calibration sample gives it a value", quantized.LeftInFloat);
    }

    [Fact]
    public void Names_that_both_branches_use_are_told_apart_and_a_layer_is_excluded_by_its_name()
    {
        static ModelBuilder Branch(string weight) => new ModelBuilder().Random(weight, 4, 2, 3, 3)
            .Node("Conv", ["x", weight], "same", Padded).Output("same", 1, 4, 6, 6);
        var model = Condition("c", 0.05f, new ModelBuilder().Input("x", 1, 2, 6, 6)).If("c", "i", Branch("w1"), Branch("w2"))
            .Random("w", 2, 4, 1, 1).Node("Conv", ["i", "w"], "y").Output("y", 1, 2, 6, 6);

        Assert.Equal("QLinearConv×3", Quantized.Of(model, low: -0.5f, high: 0.6f).ExpectNear(30).Integers);
        Assert.Equal("QLinearConv×1", Quantized.Of(
            model, request => request with { Exclude = ["same"] }, low: -0.5f, high: 0.6f).ExpectNear(30).Integers);
    }

    [Fact]
    public void A_loops_body_stays_in_float_and_is_named()
    {
        var body = new ModelBuilder().Input("i", TensorProto.Types.DataType.Int64).Input("go", TensorProto.Types.DataType.Bool)
            .Input("s", 1, 2, 6, 6).Random("w1", 2, 2, 1, 1).Node("Conv", ["s", "w1"], "t").Node("Identity", ["go"], "on")
            .Output("on", TensorProto.Types.DataType.Bool).Output("t", 1, 2, 6, 6).Build().Graph;
        var model = new ModelBuilder().Input("x", 1, 2, 6, 6).Initializer(TensorData.Make("n", [], [2L]))
            .Node("Loop", ["n", "", "x"], "l", node => node.SetGraph("body", body))
            .Random("w", 3, 2, 1, 1).Node("Conv", ["l", "w"], "y").Output("y", 1, 3, 6, 6);

        var quantized = Quantized.Of(model).ExpectNear(28);

        Assert.Equal("QLinearConv×1", quantized.Integers);
        Assert.Contains("l (Loop): 1 Conv inside it stays in float", quantized.LeftInFloat);
    }

    [Fact]
    public void Every_layer_of_the_branches_is_verified()
    {
        var quantized = Quantized.Of(Choosing(), low: -0.5f, high: 0.6f);

        var certificate = IntegerModel.Load(ModelSource.FromBytes(quantized.Model.ToBytes(), "if")).Certify();

        Assert.Equal(3, certificate.Layers.Count);
        Assert.All(certificate.Layers, layer => Assert.True(layer.Passed));
    }

    /// <summary>A Conv of one of two kernels, as the largest input asks, and a Conv of what it makes.</summary>
    private static ModelBuilder Choosing() => Condition("c", 0.05f, new ModelBuilder().Input("x", 1, 2, 6, 6))
        .If("c", "i",
            new ModelBuilder().Random("w1", 4, 2, 3, 3).Node("Conv", ["x", "w1"], "a", Padded).Output("a", 1, 4, 6, 6),
            new ModelBuilder().Random("w2", 4, 2, 3, 3).Node("Conv", ["x", "w2"], "b", Padded).Output("b", 1, 4, 6, 6))
        .Random("w", 2, 4, 1, 1).Node("Conv", ["i", "w"], "y").Output("y", 1, 2, 6, 6);

    /// <summary>Whether the mean of the input is above a number.</summary>
    private static ModelBuilder Condition(string name, float above, ModelBuilder model) => model
        .Node("ReduceMean", ["x"], $"{name}_mean", node => node.SetInt("keepdims", 0))
        .Floats($"{name}_above", [], above)
        .Node("Greater", [$"{name}_mean", $"{name}_above"], name);

    private static void Padded(NodeProto node) => node.SetInts("pads", [1, 1, 1, 1]);
}
