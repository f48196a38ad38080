using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Shapes that an exporter computes at each run, because the batch is free, become constants where that is the same.</summary>
public class ComputedShapeTests
{
    [Fact]
    public void A_shuffle_of_channels_with_a_free_batch()
    {
        var model = Batch(new ModelBuilder().Input("x", -1, 4, 3, 3).Node("Relu", ["x"], "a"), "a", "batch")
            .Longs("two", 2, 2, 3, 3).Node("Concat", ["batch", "two"], "apart", "axis=0").Node("Reshape", ["a", "apart"], "b")
            .Node("Transpose", ["b"], "t", "perm=0,2,1,3,4")
            .Longs("rest", -1, 3, 3).Node("Concat", ["batch", "rest"], "together", "axis=0").Node("Reshape", ["t", "together"], "y").Output("y", -1, 4, 3, 3);

        var prepared = Check.Prepared(model, free: 5);

        Assert.Equal("Relu Reshape Transpose Reshape", Check.Operators(prepared));
        Assert.Equal([[0, 2, 2, 3, 3], [0, -1, 3, 3]], Shapes(prepared));
    }

    [Fact]
    public void A_length_that_is_left_over_once()
    {
        var model = Batch(new ModelBuilder().Input("x", -1, 4).Input("z", -1, 4), "z", "batch")
            .Longs("rest", 2, 2).Node("Concat", ["batch", "rest"], "shape", "axis=0").Node("Reshape", ["x", "shape"], "y").Output("y", -1, 2, 2);

        Assert.Equal([[-1, 2, 2]], Shapes(Check.Prepared(model, free: 5)));
    }

    [Fact]
    public void Two_lengths_of_others_stay_computed()
    {
        var model = Batch(Batch(new ModelBuilder().Input("x", -1, 4).Input("z", -1, 4), "z", "one"), "x", "other", at: 1)
            .Node("Concat", ["one", "other"], "shape", "axis=0").Longs("last", -1).Node("Concat", ["one", "last"], "open", "axis=0")
            .Node("Reshape", ["x", "open"], "y").Output("y", -1, -1);

        Assert.Contains("Shape", Check.Operators(Check.Prepared(model, free: 5)));
    }

    [Fact]
    public void Halves_of_channels_whose_number_is_known()
    {
        var model = Batch(new ModelBuilder().Input("x", -1, 6, 3, 3).Node("Relu", ["x"], "a"), "a", "channels", at: 1)
            .Longs("two", 2).Longs("zero", 0).Longs("axis", 1).Node("Div", ["channels", "two"], "half")
            .Node("Slice", ["a", "zero", "half", "axis"], "first").Node("Slice", ["a", "half", "channels", "axis"], "second")
            .Node("Sub", ["first", "second"], "y").Output("y", -1, 3, 3, 3);

        Assert.Equal("Relu Slice Slice Sub", Check.Operators(Check.Prepared(model, free: 2)));
    }

    [Theory]
    [InlineData(6, 8, true)]
    [InlineData(6, 7, false)]
    public void A_Resize_to_sizes_multiplies_by_whole_numbers(long height, long width, bool isKnown)
    {
        var model = new ModelBuilder().Input("x", -1, 2, 3, 4).Node("Relu", ["x"], "a").Node("Shape", ["a"], "shape")
            .Longs("zero", 0).Longs("two", 2).Node("Slice", ["shape", "zero", "two", "zero"], "front")
            .Longs("size", height, width).Node("Concat", ["front", "size"], "sizes", "axis=0")
            .Node("Resize", ["a", "", "", "sizes"], "y", "mode=nearest").Output("y", -1, 2, height, width);

        var prepared = Check.Prepared(model, free: 3);

        Assert.Equal(isKnown, Check.Operators(prepared) == "Relu Resize");
        if (isKnown)
            Assert.Equal([1, 1, 2, 2], TensorData.Floats(prepared.Graph.Initializer.Single(tensor => tensor.Dims is [4])));
    }

    [Fact]
    public void The_batch_is_followed_through_layers_that_keep_it()
    {
        var model = Batch(new ModelBuilder().Input("x", -1, 4, 3, 3), "x", "batch")
            .Longs("two", 2, 2, 3, 3).Node("Concat", ["batch", "two"], "apart", "axis=0").Node("Reshape", ["x", "apart"], "b")
            .Node("Transpose", ["b"], "t", "perm=0,2,1,3,4").Longs("four", 4, -1, 3).Node("Concat", ["batch", "four"], "s", "axis=0").Node("Reshape", ["t", "s"], "c")
            .Node("MaxPool", ["c"], "p", "kernel_shape=1,1").Node("Add", ["p", "p"], "d").Longs("flat", -1).Node("Concat", ["batch", "flat"], "f", "axis=0")
            .Node("Reshape", ["d", "f"], "y").Output("y", -1, 36);

        Assert.Equal("Reshape Transpose Reshape MaxPool Add Reshape", Check.Operators(Check.Prepared(model, free: 3)));
    }

    /// <summary>The length of an axis as PyTorch's exporter asks for it.</summary>
    private static ModelBuilder Batch(ModelBuilder model, string of, string output, long at = 0) => model
        .Node("Shape", [of], $"{output}.shape").Initializer(TensorData.Make($"{output}.at", [], [at]))
        .Node("Gather", [$"{output}.shape", $"{output}.at"], $"{output}.scalar").Longs($"{output}.axes", 0)
        .Node("Unsqueeze", [$"{output}.scalar", $"{output}.axes"], output);

    private static IEnumerable<long[]> Shapes(OnnxModel model) => model.Graph.Node.Where(node => node.Is("Reshape"))
        .Select(node => TensorData.Integers(model.Graph.Initializer.Single(tensor => tensor.Name == node.Input[1])));
}
