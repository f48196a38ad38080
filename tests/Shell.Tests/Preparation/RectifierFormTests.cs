using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Max and Min with a constant.</summary>
public class RectifierFormTests
{
    [Theory]
    [InlineData("Max", 0f, "Relu")]
    [InlineData("Max", -0.25f, "Clip")]
    [InlineData("Min", 0.5f, "Clip")]
    public void One_constant_bounds(string op, float bound, string expected)
    {
        foreach (var inputs in new[] { new[] { "x", "k" }, ["k", "x"] })
        {
            var model = new ModelBuilder().Input("x", 2, 3).Floats("k", [], bound).Node(op, inputs, "y").Output("y", 2, 3);

            Assert.Equal(expected, Check.Operators(Check.Prepared(model)));
        }
    }

    [Fact]
    public void A_bound_of_rank_1_and_several_in_a_row_are_one()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Floats("zero", [1], 0).Floats("six", [1, 1], 0.75f).Floats("half", [], 0.5f)
            .Node("Max", ["x", "zero"], "a").Node("Min", ["six", "a"], "b").Node("Min", ["b", "half"], "y").Output("y", 2, 3);

        var prepared = Check.Prepared(model);

        Assert.Equal("Clip", Check.Operators(prepared));
        var bounds = prepared.Graph.Node[0].Input.Skip(1)
            .Select(name => TensorData.Floats(prepared.Graph.Initializer.Single(constant => constant.Name == name))[0]);
        Assert.Equal([0, 0.5f], bounds);
    }

    [Fact]
    public void A_bound_for_each_element_or_of_higher_rank_or_of_another_reader_stays()
    {
        var model = new ModelBuilder().Input("x", 2, 3).Random("each", 3).Floats("high", [1, 1, 1], 0)
            .Node("Max", ["x", "each"], "a").Node("Max", ["a", "high"], "y").Node("Relu", ["x"], "r").Node("Exp", ["r"], "z")
            .Floats("k", [], 0.5f).Node("Min", ["r", "k"], "m").Output("y").Output("z").Output("m");

        Assert.Equal("Max Max Relu Exp Clip", Check.Operators(Check.Prepared(model)));
    }

    [Fact]
    public void A_Max_behind_a_layer_vanishes_in_its_saturation()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 5, 5).Random("w1", 4, 2, 3, 3).Random("w2", 2, 4, 1, 1).Floats("zero", [], 0)
            .Node("Conv", ["x", "w1"], "c").Node("Max", ["c", "zero"], "m").Node("Conv", ["m", "w2"], "y").Output("y", 1, 2, 3, 3);

        Quantized.Of(model).Expect("QLinearConv×2", sqnrDb: 30);
    }
}
