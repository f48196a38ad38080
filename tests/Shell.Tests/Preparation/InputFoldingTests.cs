using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>What scales and shifts the channels before a layer.</summary>
public class InputFoldingTests
{
    /// <summary>One to three steps by constants for each channel, or one for all, before a layer of any kind.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Steps_before_a_layer_go_into_it(int seed)
    {
        var random = new Random(seed);
        var kind = seed % 8;
        var group = kind == 1 ? 2 : kind == 2 ? 4 : 1;
        long[] input = kind switch { 0 or 1 => [2, 4, 6, 5], 2 => [1, 4, 9], 3 => [1, 4, 4, 5, 3], 7 => [2, 3, 4], _ => [3, 4] };
        var isConv = kind < 4;
        long[] channel = isConv ? [4, .. input[2..].Select(_ => 1L)] : [4];
        var model = new ModelBuilder().Input("x", input).Random("b", 6).Random("w", kind switch
        {
            < 4 => [group == 4 ? 8 : 6, 4 / group, .. input[2..].Select(_ => 2L)],
            5 => [6, 4],
            _ => [4, 6],
        });
        var tensor = "x";
        var count = random.Next(1, 4);
        for (var i = 0; i < count; i++)
        {
            var constant = $"k{seed}_{i}";
            model.Between(constant, 0.9f, 1.1f, random.Next(2) == 0 ? channel : random.Next(2) == 0 ? [] : [1]);
            string[] inputs = random.Next(2) == 0 ? [tensor, constant] : [constant, tensor];
            tensor = $"s{i}";
            if (i == 0 && isConv && random.Next(3) == 0)
                model.Floats("one", [4], 1, 1, 1, 1).Random("shift", 4).Random("mean", 4).Node("BatchNormalization", ["x", "one", "shift", "mean", "one"], tensor);
            else
                model.Node(random.Next(4) switch { 0 => "Add", 1 => "Mul", 2 => "Sub", _ => inputs[0] == constant ? "Sub" : "Div" }, inputs, tensor);
        }

        _ = kind switch
        {
            < 4 => model.Node("Conv", random.Next(2) == 0 || group == 4 ? [tensor, "w"] : [tensor, "w", "b"], "y", node =>
            {
                node.SetInt("group", group);
                if (random.Next(2) == 0)
                    node.SetString("auto_pad", "VALID");
            }),
            4 => model.Node("Gemm", [tensor, "w", "b"], "y", node => node.SetFloat("alpha", 0.5f)),
            5 => model.Node("Gemm", [tensor, "w"], "y", node => node.SetInt("transB", 1)),
            6 => model.Node("MatMul", [tensor, "w"], "y"),
            _ => random.Next(2) == 0 ? model.Node("MatMul", [tensor, "w"], "y") : model.Node("MatMul", [tensor, "w"], "m").Node("Add", ["m", "b"], "y"),
        };

        var prepared = Check.Prepared(model.Output("y"));

        var operators = Check.Operators(prepared);
        Assert.Contains(operators, kind switch { < 4 => ["Conv"], 4 or 5 => ["Gemm"], 6 => ["Gemm", "MatMul"], _ => new[] { "MatMul", "MatMul Add" } });
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 80)];

    [Theory]
    [InlineData("Mul", "Conv")]
    [InlineData("Add", "Add Conv")]
    public void Where_a_convolution_pads_a_shift_stays(string op, string expected)
    {
        var padded = Scaled(op).Node("Conv", ["s", "w"], "y", node => node.SetInts("pads", [0, 0, 0, 1])).Output("y");
        var same = Scaled(op).Node("Conv", ["s", "w"], "y", node => node.SetString("auto_pad", "SAME_UPPER")).Output("y");

        Assert.Equal(expected, Check.Operators(Check.Prepared(padded)));
        Assert.Equal(expected, Check.Operators(Check.Prepared(same)));
    }

    [Fact]
    public void A_pad_of_zeros_that_a_convolution_takes_lets_a_factor_through_alone()
    {
        ModelBuilder Model(string op) => Scaled(op).Longs("pads", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", ["s", "pads"], "p").Node("Conv", ["p", "w"], "y").Output("y");

        Assert.Equal("Conv", Check.Operators(Check.Prepared(Model("Mul"))));
        Assert.Equal("Add Conv", Check.Operators(Check.Prepared(Model("Add"))));
    }

    [Fact]
    public void Weights_that_two_layers_share_stay_right_for_both()
    {
        var model = Scaled("Mul").Node("Conv", ["s", "w"], "y").Node("Conv", ["x", "w"], "z").Output("y").Output("z");

        var prepared = Check.Prepared(model);

        Assert.Equal("Conv Conv", Check.Operators(prepared));
        Assert.NotEqual(prepared.Graph.Node[0].Input[1], prepared.Graph.Node[1].Input[1]);
    }

    [Fact]
    public void What_another_reads_too_or_is_an_output_stays()
    {
        var read = Scaled("Mul").Node("Conv", ["s", "w"], "c").Node("Relu", ["s"], "z").Output("c").Output("z");
        var given = Scaled("Mul").Node("Conv", ["s", "w"], "c").Output("c").Output("s");

        Assert.Equal("Mul Conv Relu", Check.Operators(Check.Prepared(read)));
        Assert.Equal("Mul Conv", Check.Operators(Check.Prepared(given)));
    }

    [Fact]
    public void A_constant_that_makes_more_channels_stays()
    {
        var model = new ModelBuilder().Input("x", 1, 1, 5, 5).Between("k", 0.9f, 1.1f, 3, 1, 1).Random("w", 2, 3, 1, 1)
            .Node("Mul", ["x", "k"], "s").Node("Conv", ["s", "w"], "y").Output("y");

        Assert.Equal("Mul Conv", Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData(1f, 2f, "Conv")]
    [InlineData(1f, 2.5f, "Mul Conv")]
    [InlineData(0f, 1f, "Conv")]
    public void Factors_far_apart_stay_since_the_weights_of_a_channel_have_one_step(float first, float second, string expected)
    {
        var model = new ModelBuilder().Input("x", 1, 2, 5, 5).Floats("k", [2, 1, 1], first, second).Random("w", 3, 2, 1, 1)
            .Node("Mul", ["x", "k"], "s").Node("Conv", ["s", "w"], "y").Output("y");

        Assert.Equal(expected, Check.Operators(Check.Prepared(model)));
    }

    [Theory]
    [InlineData("Mul", 1e38f, 100f)]
    [InlineData("Mul", 1e-30f, 1e-20f)]
    [InlineData("Add", 1e38f, 100f)]
    [InlineData("Mul", float.PositiveInfinity, 1f)]
    [InlineData("Add", float.NaN, 1f)]
    public void What_float32_does_not_hold_stays(string op, float constant, float weight)
    {
        var model = new ModelBuilder().Input("x", 1, 1, 5, 5).Floats("k", [], constant).Floats("w", [1, 1, 1, 1], weight)
            .Node(op, ["x", "k"], "s").Node("Conv", ["s", "w"], "y").Output("y").Build();

        Assert.Equal($"{op} Conv", Check.Operators(ModelPreparation.Prepare(model)));
    }

    [Fact]
    public void Statistics_far_from_zero_stay_since_few_steps_would_lie_where_the_input_varies()
    {
        ModelBuilder Model(float mean) => new ModelBuilder().Input("x", 1, 1, 5, 5).Floats("one", [1], 1).Floats("mean", [1], mean).Random("w", 2, 1, 1, 1)
            .Node("BatchNormalization", ["x", "one", "one", "mean", "one"], "s").Node("Conv", ["s", "w"], "y").Output("y");

        Assert.Equal("Conv", Check.Operators(Check.Prepared(Model(-3))));
        Assert.Equal("BatchNormalization Conv", Check.Operators(Check.Prepared(Model(-5))));
    }

    [Fact]
    public void The_factor_and_shift_of_a_normalization_stay_with_it()
    {
        var model = new ModelBuilder().Input("x", 2, 3, 4).Floats("two", [], 2).Floats("epsilon", [], 1e-3f)
            .Between("gamma", 0.9f, 1.1f, 4).Random("beta", 4).Random("w", 4, 5)
            .Node("ReduceMean", ["x"], "m", Last).Node("Sub", ["x", "m"], "d").Node("Pow", ["d", "two"], "q").Node("ReduceMean", ["q"], "v", Last)
            .Node("Add", ["v", "epsilon"], "e").Node("Sqrt", ["e"], "r").Node("Div", ["d", "r"], "n").Node("Mul", ["n", "gamma"], "g")
            .Node("Add", ["g", "beta"], "h").Node("MatMul", ["h", "w"], "y").Output("y");

        Assert.EndsWith("Div Mul Add MatMul", Check.Operators(Check.Prepared(model)), StringComparison.Ordinal);

        static void Last(QuantFunctional.Onnx.Format.NodeProto node) => node.SetInts("axes", [-1]);
    }

    [Fact]
    public void What_the_user_excludes_stays()
    {
        var quantized = Quantized.Of(
            Scaled("Mul").Node("Conv", ["s", "w"], "y").Output("y"), request => request with { Exclude = ["s"] });

        Assert.Equal("s", Assert.Single(quantized.LeftInFloat.Split('\n'), line => line.Contains("(Mul)", StringComparison.Ordinal)).Split(' ')[0]);
        Quantized.Of(Scaled("Mul").Node("Conv", ["s", "w"], "y").Output("y")).Expect("QLinearConv×1");
    }

    private static ModelBuilder Scaled(string op) => new ModelBuilder().Input("x", 1, 3, 6, 6).Between("k", 0.9f, 1.1f, 3, 1, 1).Random("w", 4, 3, 2, 2)
        .Node(op, ["x", "k"], "s");
}
