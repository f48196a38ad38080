using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>
/// Property 19: element-wise operators on one tensor between integers are one table, which equals what ONNX Runtime makes of them for
/// all 256 inputs.
/// </summary>
public class ChainTests
{
    /// <summary>A chain reads what a layer near the identity gives, so that all integers come about.</summary>
    private static Quantized Between(Func<ModelBuilder, ModelBuilder> chain, float low = -4, float high = 3, Func<QuantizeRequest, QuantizeRequest>? with = null, long opset = 14)
    {
        var model = new ModelBuilder(opset).Input("x", 1, 512).Floats("one", [1, 1], 1).Longs("column", -1, 1).Longs("row", 1, -1)
            .Floats("zero_point_two", [], 0.2f).Floats("three", [1], 3).Floats("six", [], 6).Floats("zero", [], 0).Floats("half", [], 0.5f)
            .Floats("root", [], 1.41421354f).Floats("unit", [], 1)
            .Node("Reshape", ["x", "column"], "c").Node("MatMul", ["c", "one"], "a")
            .Also(chain)
            .Node("Reshape", ["b", "column"], "e").Node("MatMul", ["e", "one"], "d").Node("Reshape", ["d", "row"], "y").Output("y", 1, 512);
        var ramp = Enumerable.Range(0, 512).Select(i => low + ((high - low) * i / 511)).ToArray();
        return Quantized.Of(
            model.Build(),
            new Samples([.. Enumerable.Range(0, 4).Select(_ => new Dictionary<string, FloatTensor> { ["x"] = new FloatTensor([1, 512], ramp) })]),
            with);
    }

    private static ModelBuilder HardSwish(ModelBuilder model) => model
        .Node("Add", ["a", "three"], "s1").Node("Clip", ["s1", "zero", "six"], "s2").Node("Mul", ["a", "s2"], "s3").Node("Div", ["s3", "six"], "s4")
        .Node("Mul", ["zero_point_two", "s4"], "s5").Node("Add", ["s5", "half"], "b");

    private static void IsOneTable(Quantized quantized)
    {
        Assert.Empty(quantized.LeftInFloat);
        Assert.Empty(quantized.Report.Joins);
        quantized.Model.ExpectAgreement(quantized.Samples.Items[0]);
        quantized.ExpectNear(28);
    }

    [Fact]
    public void A_hard_swish_in_pieces_with_a_learned_scale_and_shift() => IsOneTable(Between(HardSwish));

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void It_is_run_as_the_operator_that_it_is(long opset)
    {
        var quantized = Between(HardSwish, opset: opset);

        IsOneTable(quantized);
        Assert.Equal("Add×1 HardSigmoid×1 Mul×2", quantized.Floats);
        Assert.Equal(opset, quantized.Model.Opset);
        Assert.Equal(opset >= 14, quantized.Model.Graph.Node.Any(node => node.OpType == "HardSwish"));
    }

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    public void A_hard_swish_in_pieces_alone(long opset) => IsOneTable(Between(
        model => model.Node("Add", ["a", "three"], "s1").Node("Clip", ["s1", "zero", "six"], "s2").Node("Div", ["s2", "six"], "s3").Node("Mul", ["s3", "a"], "b"),
        opset: opset));

    [Theory]
    [InlineData(13)]
    [InlineData(14)]
    public void A_hard_sigmoid_in_pieces(long opset) => IsOneTable(Between(
        model => model.Node("Mul", ["a", "zero_point_two"], "s1").Node("Add", ["s1", "half"], "s2").Node("Clip", ["s2", "zero", "unit"], "b"), opset: opset));

    [Fact]
    public void A_SiLU() => IsOneTable(Between(model => model.Node("Sigmoid", ["a"], "s").Node("Mul", ["a", "s"], "b")));

    [Fact]
    public void A_GELU_in_pieces() => IsOneTable(Between(model => model
        .Node("Div", ["a", "root"], "s1").Node("Erf", ["s1"], "s2").Node("Add", ["s2", "unit"], "s3").Node("Mul", ["a", "s3"], "s4").Node("Mul", ["s4", "half"], "b")));

    [Fact]
    public void A_constant_less_a_function_and_the_larger_of_two() => IsOneTable(Between(model => model
        .Node("Tanh", ["a"], "s1").Node("Sub", ["unit", "s1"], "s2").Node("LeakyRelu", ["a"], "s3").Node("Max", ["s2", "s3"], "s4").Node("Min", ["s4", "six"], "b")));

    /// <summary>Up to six operators, each on the last result, on an earlier one or on a constant.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_ones(int seed)
    {
        var random = new Random(seed);
        var quantized = Between(model =>
        {
            List<string> made = ["a"];
            var count = random.Next(2, 7);
            for (var i = 0; i < count; i++)
            {
                var output = i == count - 1 ? "b" : $"s{i}";
                string[] constants = ["half", "three", "unit", "root"];
                var other = random.Next(2) == 0 ? made[random.Next(made.Count)] : constants[random.Next(constants.Length)];
                _ = random.Next(9) switch
                {
                    0 => model.Node("Add", [made[^1], other], output),
                    1 => model.Node("Sub", [made[^1], constants[random.Next(constants.Length)]], output),
                    2 => model.Node("Mul", [made[^1], other], output),
                    3 => model.Node("Div", [made[^1], constants[random.Next(constants.Length)]], output),
                    4 => model.Node("Sigmoid", [made[^1]], output),
                    5 => model.Node("Tanh", [made[^1]], output),
                    6 => model.Node("HardSwish", [made[^1]], output),
                    7 => model.Node("Clip", [made[^1], "zero", "six"], output),
                    _ => model.Node("Softplus", [made[^1]], output),
                };
                made.Add(output);
            }

            return model;
        });

        // what cannot be made certain stays in float and says so; what is a table is the same everywhere
        if (quantized.LeftInFloat.Length == 0)
            quantized.Model.ExpectAgreement(quantized.Samples.Items[0]);
        else
            Assert.All(quantized.Report.LeftInFloat, left => Assert.NotEmpty(left.Reason));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(0, 60)];

    [Fact]
    public void What_another_layer_reads_too_ends_a_chain_and_begins_the_next()
    {
        var quantized = Quantized.Of(new ModelBuilder(14).Input("x", 1, 4, 6, 6).Floats("half", [], 0.5f).Conv("x", "a", 4, 4, 1)
            .Node("HardSwish", ["a"], "b").Node("Mul", ["b", "half"], "c").Node("Add", ["c", "half"], "d").Node("Tanh", ["d"], "e")
            .Conv("c", "f", 4, 2, 1).Conv("e", "g", 4, 2, 1).Node("Add", ["f", "g"], "y").Output("y"));

        quantized.Expect("QLinearAdd×1 QLinearConv×3", "Add×1 HardSigmoid×1 Mul×2 Tanh×1");
    }

    [Fact]
    public void A_rectifier_before_a_chain_stays_with_its_layer()
    {
        var quantized = Quantized.Of(new ModelBuilder().Input("x", 1, 4, 6, 6).Floats("half", [], 0.5f).Conv("x", "a", 4, 4, 1)
            .Node("Relu", ["a"], "b").Node("Mul", ["b", "half"], "c").Node("Tanh", ["c"], "d").Conv("d", "y", 4, 2, 1).Output("y"));

        Assert.Equal(-128, Assert.Single(quantized.Report.Plan.Tensors, tensor => tensor.Name == "b").Encoding.ZeroPoint);
        quantized.Expect("QLinearConv×2", "Mul×1 Tanh×1");
    }

    [Fact]
    public void An_excluded_operator_is_in_no_chain()
    {
        var quantized = Between(HardSwish, with: request => request with { Exclude = ["s3"] });

        Assert.Equal("s3", Assert.Single(quantized.Report.LeftInFloat).Name);
        quantized.ExpectNear(28);
    }

    [Fact]
    public void A_chain_that_amplifies_is_in_float_as_a_whole()
    {
        var quantized = Between(model => model.Floats("much", [], 4000).Node("Tanh", ["a"], "r").Node("Mul", ["r", "much"], "s").Node("Sin", ["s"], "b"));

        Assert.Contains("s (Mul): it amplifies the rounding of its input without bound", quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.Contains("b (Sin): it amplifies the rounding of its input without bound", quantized.LeftInFloat, StringComparison.Ordinal);
    }

    [Fact]
    public void Before_an_output_operators_are_judged_alone()
    {
        var quantized = Quantized.Of(new ModelBuilder().Input("x", 1, 4, 6, 6).Floats("half", [], 0.5f).Conv("x", "a", 4, 4, 1)
            .Node("Mul", ["a", "half"], "b").Node("Sigmoid", ["b"], "y").Output("y"));

        Assert.DoesNotContain("belongs to operators", quantized.LeftInFloat, StringComparison.Ordinal);
        quantized.ExpectNear(28);
    }
}
