using Google.Protobuf;
using QuantFunctional;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Channels come in another order, and the float model computes the same but for the order of its sums.</summary>
public class ChannelOrderTests
{
    private static ModelBuilder Convolution(ModelBuilder model, string input, string output, int inputs, int outputs, int kernel = 1, int groups = 1) =>
        model.Random($"{output}.w", outputs, inputs / groups, kernel, kernel).Random($"{output}.b", outputs)
            .Node("Conv", [input, $"{output}.w", $"{output}.b"], output, node =>
            {
                node.SetInt("group", groups);
                node.SetInts("pads", [kernel / 2, kernel / 2, kernel / 2, kernel / 2]);
            });

    private static readonly Observations Nothing = new(0, [], new Dictionary<string, RangeHistory>(), new Dictionary<string, RowMaxima>(), []);

    /// <summary>The constants that were put into another order.</summary>
    private static List<string> Moved(ModelBuilder builder, BackendProfile? profile = null)
    {
        var prepared = ModelPreparation.Prepare(builder.Build());
        var scheme = Scheme.Build(prepared, symmetric: false, new Dictionary<string, string>());
        var before = prepared.Proto.ToByteArray();
        var ordered = ChannelOrdering.Of(scheme, Nothing, new PlanOptions { Profile = profile ?? Profiles.OnnxRuntime }, default);
        Assert.Equal(before, prepared.Proto.ToByteArray());
        if (ordered is null)
            return [];
        var inputs = Run.RandomInputs(prepared);
        var (real, again) = (Run.Model(before, inputs), Run.Model(ordered.Model.Proto.ToByteArray(), inputs));
        foreach (var (name, output) in real)
        {
            var largest = output.Values.Max(Math.Abs);
            Assert.All(output.Values.Zip(again[name].Values), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5 * largest));
        }

        const string suffix = "_ordered";
        return [.. ordered.Model.Graph.Initializer.Where(one => one.Name.EndsWith(suffix, StringComparison.Ordinal)).Select(one => one.Name[..^suffix.Length]).Order()];
    }

    [Fact]
    public void Two_convolutions_in_a_row() => Assert.Equal(
        ["a.b", "a.w", "y.w"],
        Moved(new ModelBuilder().Input("x", 1, 3, 8, 8)
            .Also(m => Convolution(m, "x", "a", 3, 16, 3)).Node("Relu", ["a"], "r").Also(m => Convolution(m, "r", "y", 16, 5, 3))
            .Output("y", 1, 5, 8, 8)));

    [Fact]
    public void What_a_sum_ties_moves_together_and_a_depthwise_layer_follows() => Assert.Equal(
        ["a.b", "a.w", "b.b", "b.w", "d.b", "d.w", "slope", "y.w"],
        Moved(new ModelBuilder().Input("x", 1, 3, 8, 8).Random("slope", 16, 1, 1)
            .Also(m => Convolution(m, "x", "a", 3, 16)).Node("PRelu", ["a", "slope"], "p")
            .Also(m => Convolution(m, "p", "b", 16, 16, 3)).Also(m => Convolution(m, "p", "d", 16, 16, 3, 16))
            .Node("Add", ["b", "d"], "s").Node("MaxPool", ["s"], "q", node => node.SetInts("kernel_shape", [2, 2]))
            .Also(m => Convolution(m, "q", "y", 16, 5, 3)).Output("y", 1, 5, 7, 7)));

    [Fact]
    public void Parts_of_a_join_move_each_by_itself_beside_what_cannot() => Assert.Equal(
        ["a.b", "a.w", "b.b", "b.w", "y.w"],
        Moved(new ModelBuilder().Input("x", 1, 3, 8, 8)
            .Also(m => Convolution(m, "x", "a", 3, 7)).Also(m => Convolution(m, "x", "b", 3, 12))
            .Node("Concat", ["a", "x", "b"], "c", node => node.SetInt("axis", 1))
            .Also(m => Convolution(m, "c", "y", 22, 5, 3)).Output("y", 1, 5, 8, 8)));

    [Fact]
    public void Flattened_channels_move_rows_of_a_product() => Assert.Equal(
        ["a.b", "a.w", "g.w", "h.b", "h.w"],
        Moved(new ModelBuilder().Input("x", 1, 3, 3, 3).Random("h.w", 90, 12).Random("h.b", 12).Random("g.w", 4, 12)
            .Also(m => Convolution(m, "x", "a", 3, 10)).Node("Relu", ["a"], "r").Node("Flatten", ["r"], "f")
            .Node("Gemm", ["f", "h.w", "h.b"], "h").Node("Sigmoid", ["h"], "t").Node("Gemm", ["t", "g.w"], "y", node => node.SetInt("transB", 1))
            .Output("y", 1, 4)));

    [Fact]
    public void Products_with_more_than_one_axis_of_rows() => Assert.Equal(
        ["a.b", "a.w", "b.w", "n.w"],
        Moved(new ModelBuilder(17).Input("x", 2, 5, 6).Random("a.w", 6, 32).Random("a.b", 32).Random("n.w", 32).Random("n.b", 32).Random("b.w", 32, 4)
            .Node("MatMul", ["x", "a.w"], "m").Node("Add", ["m", "a.b"], "a").Node("Erf", ["a"], "e").Node("Mul", ["e", "n.w"], "n").Node("Sub", ["n", "n.b"], "o")
            .Node("MatMul", ["o", "b.w"], "y").Output("y", 2, 5, 4)));

    [Theory]
    [InlineData("ReduceMean")]
    [InlineData("Softmax")]
    [InlineData("Split")]
    [InlineData("Output")]
    [InlineData("Groups")]
    [InlineData("Reshape")]
    public void What_mixes_channels_or_names_them_keeps_their_order(string what) => Assert.Empty(
        Moved(new ModelBuilder(13).Input("x", what == "Reshape" ? -1 : 1, 3, 8, 8)
            .Also(m => Convolution(m, "x", "a", 3, 16)).Also(m => what switch
            {
                "ReduceMean" => m.Node("ReduceMean", ["a"], "u", node => node.SetInts("axes", [1])).Node("Add", ["a", "u"], "r"),
                "Softmax" => m.Node("Softmax", ["a"], "r", node => node.SetInt("axis", 1)),
                "Split" => m.Node("Split", ["a"], ["s", "t"], node => node.SetInt("axis", 1)).Node("Concat", ["t", "s"], "r", node => node.SetInt("axis", 1)),
                "Reshape" => m.Longs("halves", -1, 16, 4, 8).Longs("wholes", 1, 16, 8, 8).Node("Reshape", ["a", "halves"], "h").Node("Reshape", ["h", "wholes"], "r"),
                "Groups" => Convolution(m, "a", "r", 16, 16, 1, 2),
                _ => m.Node("Relu", ["a"], "r").Output("r", 1, 16, 8, 8),
            })
            .Also(m => Convolution(m, "r", "y", 16, 5, 3)).Output("y", 1, 5, 8, 8)));

    [Fact]
    public void Nothing_moves_where_products_are_added_in_full() => Assert.Empty(
        Moved(
            new ModelBuilder().Input("x", 1, 3, 8, 8).Also(m => Convolution(m, "x", "a", 3, 16)).Also(m => Convolution(m, "a", "y", 16, 5)).Output("y", 1, 5, 8, 8),
            Profiles.OnnxRuntimeVnni));
}
