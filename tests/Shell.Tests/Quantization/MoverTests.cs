using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>What only moves data moves integers, and keeps their encoding.</summary>
public class MoverTests
{
    [Theory]
    [InlineData("Reshape", "shape:1,4,4,16", "")]
    [InlineData("Reshape", "shape:0,4,-1,4", "")]
    [InlineData("Transpose", "", "perm=0,1,3,2")]
    [InlineData("Slice", "starts:1,2 ends:7,8 axes:2,3", "")]
    [InlineData("Slice", "starts:-1 ends:-9 axes:2 steps:-2", "")]
    [InlineData("Gather", "indices:0,3,5", "axis=2")]
    [InlineData("Expand", "shape:2,4,8,8", "")]
    [InlineData("Tile", "repeats:1,1,2,1", "")]
    [InlineData("DepthToSpace", "", "blocksize=2")]
    [InlineData("DepthToSpace", "", "blocksize=2 mode=CRD")]
    [InlineData("ReduceMax", "", "axes=2, keepdims=1")]
    [InlineData("ReduceMin", "", "axes=1,2 keepdims=1")]
    [InlineData("Flatten", "", "axis=1")]
    public void Data_is_moved_as_integers_with_the_encoding_of_the_input(string op, string inputs, string attributes)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "a", 2, 4);
        var names = Inputs(model, inputs);
        model.Node(op, ["a", .. names], "b", attributes).Node("Sigmoid", ["b"], "y").Output("y");

        var quantized = Quantized.Of(model).Expect(Sorted($"{op}×1", "QLinearConv×1", "QLinearSigmoid×1"));

        Assert.Equal(quantized.StepName("a"), quantized.StepName("b"));
    }

    [Theory]
    [InlineData(13, "Squeeze", "Unsqueeze")]
    [InlineData(11, "Squeeze", "Unsqueeze")]
    [InlineData(21, "Squeeze", "Unsqueeze")]
    public void Axes_of_length_1_come_and_go_as_integers(long opset, string first, string second)
    {
        var model = new ModelBuilder(opset).Input("x", 1, 2, 8, 8).Conv("x", "a", 2, 1);
        if (opset < 13)
            model.Node(first, ["a"], "b", "axes=1,").Node(second, ["b"], "c", "axes=1,");
        else
            model.Longs("axes", 1).Node(first, ["a", "axes"], "b").Node(second, ["b", "axes"], "c");
        model.Conv("c", "y", 1, 2).Output("y");

        Quantized.Of(model).Expect("QLinearConv×2 Squeeze×1 Unsqueeze×1");
    }

    [Fact]
    public void Split_gives_integers_where_every_part_is_used()
    {
        var quantized = Quantized.Of(Halved().Node("Mul", ["b", "c"], "y").Output("y"));

        quantized.Expect("QLinearConv×1 QLinearMul×1 Split×1");
        Assert.Equal(quantized.StepName("a"), quantized.StepName("b"));
        Assert.Equal(quantized.StepName("a"), quantized.StepName("c"));
    }

    [Fact]
    public void Split_with_a_part_that_nobody_uses_runs_on_integers_all_the_same()
    {
        Quantized.Of(Halved().Conv("b", "y", 2, 2).Output("y")).Expect("QLinearConv×2 Split×1");
    }

    [Theory]
    [InlineData("mode=nearest coordinate_transformation_mode=asymmetric nearest_mode=floor")]
    [InlineData("mode=nearest")]
    public void Resize_to_the_nearest_moves_integers(string attributes)
    {
        Quantized.Of(Resized(13, attributes)).Expect("QLinearConv×2 Resize×1");
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void Resize_that_interpolates_stays_in_float(string mode)
    {
        var quantized = Quantized.Of(Resized(13, $"mode={mode}")).Expect("QLinearConv×2", "Max×1 Resize×1");

        Assert.Equal($"b (Resize): no integer kernel in ONNX Runtime for the mode {mode}", quantized.LeftInFloat);
    }

    [Fact]
    public void Upsample_of_opset_9_moves_integers()
    {
        var model = new ModelBuilder(opset: 9)
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Floats("scales", [4], 1, 1, 2, 2)
            .Node("Upsample", ["a", "scales"], "b", "mode=nearest")
            .Conv("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("QLinearConv×2 Resize×1");
    }

    [Fact]
    public void A_chain_of_movers_has_one_encoding()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("MaxPool", ["a"], "b", "kernel_shape=2,2 strides=2,2")
            .Node("Transpose", ["b"], "c", "perm=0,2,3,1")
            .Node("Flatten", ["c"], "d")
            .Gemm("d", "y", 4 * 4 * 4, 5)
            .Output("y").Output("c");

        var quantized = Quantized.Of(model).Expect("Flatten×1 MaxPool×1 QGemm×1 QLinearConv×1 Transpose×1");

        Assert.Equal(quantized.StepName("a"), quantized.StepName("d"));
    }

    private static ModelBuilder Halved() => new ModelBuilder()
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Longs("sizes", 2, 2)
        .Node("Split", ["a", "sizes"], ["b", "c"], node => node.SetInt("axis", 1));

    private static ModelBuilder Resized(long opset, string attributes) => new ModelBuilder(opset)
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Floats("scales", [4], 1, 1, 2, 2)
        .Node("Resize", ["a", "", "scales"], "b", attributes)
        .Conv("b", "y", 4, 2)
        .Output("y");

    private static List<string> Inputs(ModelBuilder model, string inputs)
    {
        var names = new List<string>();
        foreach (var pair in inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(':')))
        {
            model.Longs(pair[0], [.. pair[1].Split(',').Select(long.Parse)]);
            names.Add(pair[0]);
        }

        return names;
    }

    private static string Sorted(params string[] counts) => string.Join(' ', counts.Order(StringComparer.Ordinal));
}
