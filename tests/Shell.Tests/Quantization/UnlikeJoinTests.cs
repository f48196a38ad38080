using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>A Concat of unlike things, as boxes of 0 to 640 and scores of 0 to 1, leaves each its steps.</summary>
public sealed class UnlikeJoinTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Boxes_and_scores_stay_apart_where_the_join_is_an_output() => ExpectScores(
        Heads().Node("Concat", ["boxes", "scores"], "y", "axis=1").Output("y"),
        "y (Concat): one encoding would leave part 1", row: 6, scores: 2);

    [Fact]
    public void What_only_moves_the_join_stays_in_float_too() => ExpectScores(
        Heads().Node("Concat", ["boxes", "scores"], "j", "axis=1").Longs("flat", 1, 6, 16)
            .Node("Reshape", ["j", "flat"], "y").Output("y"),
        "y (Reshape): it moves what node j joins", row: 6, scores: 2);

    [Fact]
    public void Joins_of_joins_stay_in_float() => ExpectScores(
        Heads().Node("Concat", ["boxes", "scores"], "j", "axis=1").Node("Concat", ["j", "j"], "k", "axis=3")
            .Node("Transpose", ["k"], "y", "perm=0,1,3,2").Output("y"),
        "k (Concat)", row: 6, scores: 2);

    [Fact]
    public void What_float_nodes_read_stays_apart_as_well()
    {
        var model = Heads().Node("Concat", ["boxes", "scores"], "j", "axis=1").Node("Exp", ["j"], "y").Output("y");

        Assert.Contains("j (Concat)", Quantized.Of(model).LeftInFloat, StringComparison.Ordinal);
    }

    [Fact]
    public void Alike_parts_share_one_encoding()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Conv("x", "a", 2, 4).Conv("x", "b", 2, 2)
            .Node("Concat", ["a", "b"], "y", "axis=1").Output("y");

        Quantized.Of(model).Expect("QLinearConcat×1 QLinearConv×2");
    }

    [Fact]
    public void Narrow_parts_are_raised_where_a_layer_reads_the_join()
    {
        // what the narrow part lacks, its weights make up for: 1 against 100 before, 100 against 1 after
        var model = Unequal().Between("w", -1, 1, 4, 4, 1, 1).Node("Conv", ["j", "w"], "y").Output("y").Build();
        var weights = TensorData.Floats(model.Graph.Initializer.Single(tensor => tensor.Name == "w"));
        var unequal = weights.Select((weight, i) => i % 4 < 2 ? weight * 100 : weight).ToArray();
        model.Graph.Initializer.Remove(model.Graph.Initializer.Single(tensor => tensor.Name == "w"));
        model.Graph.Initializer.Add(TensorData.Make("w", [4, 4, 1, 1], unequal.AsSpan()));

        var quantized = Quantized.Of(model, Samples.Random(model, 6));

        Assert.Equal("QLinearConcat×1 QLinearConv×3", quantized.Integers);
        quantized.ExpectNear(35);
        quantized.ExpectSameWhenOptimized();
    }

    [Theory]
    [InlineData("Transpose", "perm=0,1,3,2")]
    [InlineData("MaxPool", "kernel_shape=1,1")]
    [InlineData("Flatten", "axis=1")]
    [InlineData("DepthToSpace", "blocksize=1")]
    public void Wide_parts_that_are_moved_keep_their_range(string mover, string attributes)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Between("v", -4, 4, 4, 2, 1, 1).Node("Conv", ["x", "v"], "c")
            .Node(mover, ["c"], "wide", attributes).Node("Sigmoid", ["c"], "s");
        if (mover == "Flatten")
            model.Node("Flatten", ["s"], "narrow").Node("Concat", ["wide", "narrow"], "j", "axis=1").Gemm("j", "y", 128, 3).Output("y");
        else
            model.Node("Concat", ["wide", "s"], "j", "axis=1").Conv("j", "y", 8, 3).Output("y");

        Quantized.Of(model).ExpectNear(28).ExpectSameWhenOptimized();
    }

    [Theory]
    [InlineData("Relu")]
    [InlineData("Clip")]
    public void A_bound_that_saturation_keeps_is_not_lost_in_a_join_with_unbounded_parts(string rectifier)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 4, 4).Floats("zero", [], 0).Floats("half", [], 0.5f)
            .Conv("x", "a0", 2, 2).Node(rectifier, rectifier == "Clip" ? ["a0", "zero", "half"] : ["a0"], "a").Conv("x", "b", 2, 2)
            .Node("Concat", ["a", "b"], "j", "axis=1").Conv("j", "y", 4, 2).Output("y");

        Quantized.Of(model).ExpectNear(28);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_float_model_stays_what_it_is_bit_for_bit(bool alsoReadElsewhere)
    {
        var builder = Unequal().Conv("j", "y", 4, 2).Output("y");
        if (alsoReadElsewhere)
            builder.Conv("a", "z", 2, 2).Output("z");
        var original = builder.Build();
        var data = Samples.Random(original, 8);
        var scheme = Scheme.Build(ModelPreparation.Prepare(original), symmetric: false, new Dictionary<string, string>());
        var groups = new EncodingGroups(scheme);
        using var samples = SampleSource.Open(data.Write(_folder.File("x.npz")), scheme.Model);
        var observed = Calibrator.Observe(scheme.Model, [.. groups.Observed(scheme.Index)], samples, null, default);

        var joins = JoinEqualization.Wanted(scheme, observed);
        var equalized = JoinEqualization.Applied(scheme, observed, joins);

        Assert.Single(joins);
        Assert.Equal(joins, equalized.Joins);
        Assert.Equal(alsoReadElsewhere, equalized.Model.Graph.Node.Any(node => node.OpType == "Mul"));
        Assert.Equal(data.Run(scheme.Model, OrtExecution.Plain)["y"], data.Run(equalized.Model, OrtExecution.Plain)["y"]);
        var parts = new ConcatParts(
            Scheme.Build(equalized.Model, symmetric: false, new Dictionary<string, string>()),
            equalized.Observed,
            Scheme.Build(equalized.Model, symmetric: false, new Dictionary<string, string>())
                .Integers.Single(node => node.Kernel == IntegerKernel.Joins));
        Assert.True(parts.Whole < 64 * parts.Widths.Min());
    }

    /// <summary>4 channels of boxes of some hundreds, and 2 of scores.</summary>
    private static ModelBuilder Heads() => new ModelBuilder()
        .Input("x", 1, 2, 4, 4)
        .Between("boxes.weight", -100, 100, 4, 2, 1, 1).Node("Conv", ["x", "boxes.weight"], "boxes")
        .Conv("x", "logits", 2, 2).Node("Sigmoid", ["logits"], "scores");

    /// <summary>j joins a, about 1, and b, about 300.</summary>
    private static ModelBuilder Unequal() => new ModelBuilder()
        .Input("x", 1, 2, 4, 4)
        .Conv("x", "a0", 2, 2, kernel: 1).Node("Relu", ["a0"], "a")
        .Between("v", -200, 200, 2, 2, 1, 1).Node("Conv", ["x", "v"], "b")
        .Node("Concat", ["a", "b"], "j", "axis=1");

    private static void ExpectScores(ModelBuilder model, string reason, int row, int scores)
    {
        var quantized = Quantized.Of(model);

        Assert.Contains(reason, quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.DoesNotContain("QLinearConcat", quantized.Integers, StringComparison.Ordinal);
        var expected = quantized.Samples.Run(quantized.Original, OrtExecution.Plain)["y"];
        var actual = quantized.ExtendedOutputs["y"];
        var channel = expected.Length / quantized.Samples.Items.Count / row;
        bool IsScore(int i) => i / channel % row >= row - scores;
        Assert.True(Quantized.SqnrDb([.. expected.Where((_, i) => IsScore(i))], [.. actual.Where((_, i) => IsScore(i))]) > 30);
        Assert.Empty(quantized.Report.Warnings);
    }
}
