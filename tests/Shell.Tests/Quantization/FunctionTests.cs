using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>
/// Property 19: functions of one number between integers are tables, which equal the float operator's result for all 256 inputs.
/// </summary>
public class FunctionTests
{
    public static TheoryData<string, long, string, float, float> Functions()
    {
        var data = new TheoryData<string, long, string, float, float>();
        foreach (var function in RealFunctions.Operators.Where(function => function != "Pow"))
        {
            var (low, high) = function switch
            {
                "Acos" or "Asin" or "Atanh" => (-0.9f, 0.9f),
                "Log" or "Reciprocal" => (0.5f, 6f),
                "Sqrt" => (0f, 6f),
                "Tan" => (-1.2f, 1.2f),
                "Sign" => (-3f, 3f),
                _ => (-4f, 3f),
            };
            // of 0, which every encoding holds, there is no arcosh, and the sign jumps by half of its range
            if (function is not ("Sign" or "Acosh"))
                data.Add(function, function switch { "Gelu" => 20, "Mish" => 18, _ => 14 }, "", low, high);
        }

        data.Add("Gelu", 20, "approximate=tanh", -4, 3);
        data.Add("Elu", 13, "alpha=0.5", -4, 3);
        data.Add("Celu", 13, "alpha=2.0", -4, 3);
        data.Add("Selu", 13, "alpha=1.5 gamma=1.25", -4, 3);
        data.Add("HardSigmoid", 13, "alpha=0.3 beta=0.4", -4, 3);
        data.Add("Shrink", 13, "lambd=0.25 bias=0.125", -4, 3);
        data.Add("ThresholdedRelu", 13, "alpha=0.75", -4, 3);
        return data;
    }

    /// <summary>A table reads what a layer near the identity gives, so that all integers come about.</summary>
    private static Quantized Between(long opset, string operation, string[] more, string attributes, float low, float high, Action<ModelBuilder>? constants = null)
    {
        var model = new ModelBuilder(opset).Input("x", 1, 512).Floats("one", [1, 1], 1).Longs("column", -1, 1).Longs("row", 1, -1)
            .Node("Reshape", ["x", "column"], "c").Node("MatMul", ["c", "one"], "a");
        constants?.Invoke(model);
        model.Node(operation, ["a", .. more], "b", attributes).Floats("two", [1, 1], 1)
            .Node("MatMul", ["b", "two"], "d").Node("Reshape", ["d", "row"], "y").Output("y", 1, 512);
        var original = model.Build();
        var ramp = Enumerable.Range(0, 512).Select(i => low + ((high - low) * i / 511)).ToArray();
        return Quantized.Of(original, new Samples([.. Enumerable.Range(0, 4).Select(_ =>
            new Dictionary<string, FloatTensor> { ["x"] = new FloatTensor([1, 512], ramp) })]));
    }

    private static void Agrees(Quantized quantized)
    {
        Assert.Empty(quantized.LeftInFloat);
        quantized.Model.ExpectAgreement(quantized.Samples.Items[0]);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_of_one_number(string operation, long opset, string attributes, float low, float high)
    {
        var quantized = Between(opset, operation, [], attributes, low, high);

        Agrees(quantized);
        quantized.ExpectNear(operation is "Floor" or "Ceil" or "Round" ? 20 : 28);
    }

    [Theory]
    [InlineData(2f, -3, 2)]
    [InlineData(3f, -2, 2)]
    [InlineData(0.5f, 0, 4)]
    [InlineData(-1f, 0.5f, 4)]
    [InlineData(1.7f, 0.1f, 3)]
    public void A_power(float exponent, float low, float high) =>
        Agrees(Between(13, "Pow", ["e"], "", low, high, model => model.Floats("e", [], exponent)));

    [Theory]
    [InlineData("Sub")]
    [InlineData("Max")]
    [InlineData("Min")]
    [InlineData("Div")]
    public void Two_tensors(string operation)
    {
        var model = new ModelBuilder().Input("x", 1, 3, 8, 8).Input("z", 1, 3, 1, 8).Conv("x", "a", 3, 4)
            .Conv("z", "s", 3, 4, 1).Node("Sigmoid", ["s"], "p").Floats("c", [], 0.5f).Node("Add", ["p", "c"], "q")
            .Node(operation, ["a", "q"], "b").Conv("b", "y", 4, 2, 1).Output("y");

        var quantized = Quantized.Of(model).ExpectNear(28);

        Agrees(quantized);
    }

    [Fact]
    public void Max_and_Min_of_three_tensors_and_a_constant()
    {
        var model = new ModelBuilder().Input("x", 1, 3, 8, 8).Conv("x", "a", 3, 4).Conv("x", "b", 3, 4).Random("k", 4, 1, 1)
            .Node("Max", ["a", "b", "k"], "c").Conv("c", "d", 4, 4, 1).Node("Min", ["d", "a", "b"], "e").Conv("e", "y", 4, 2, 1).Output("y");

        Agrees(Quantized.Of(model).ExpectNear(28));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void PRelu(bool isPerChannel)
    {
        long[] slopes = isPerChannel ? [4, 1, 1] : [1];
        var model = new ModelBuilder().Input("x", 1, 3, 8, 8).Conv("x", "a", 3, 4).Random("k", slopes)
            .Node("PRelu", ["a", "k"], "b").Conv("b", "y", 4, 2, 1).Output("y");

        Agrees(Quantized.Of(model).ExpectNear(28));
    }

    [Fact]
    public void Two_functions_in_a_row_are_one_and_one_before_an_output_stays_in_float()
    {
        var model = new ModelBuilder().Input("x", 1, 3, 8, 8).Conv("x", "a", 3, 4).Node("Exp", ["a"], "b").Node("Tanh", ["b"], "c")
            .Conv("c", "d", 4, 2, 1).Node("Tanh", ["d"], "y").Output("y");

        var left = Quantized.Of(model).LeftInFloat.Split('\n');

        Assert.Equal(["y (Tanh): no integer kernel in ONNX Runtime"], left);
    }

    [Fact]
    public void What_amplifies_without_bound_stays_in_float_with_what_makes_its_input()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Gemm("x", "a", 8, 8).Node("Hardmax", ["a"], "b").Gemm("b", "c", 8, 8)
            .Longs("shape", 2, 4).Node("Reshape", ["c", "shape"], "d").Node("Tan", ["d"], "e").Gemm("e", "f", 4, 4)
            .Floats("k", [], 3000).Node("Mul", ["f", "k"], "g").Node("Softmax", ["g"], "h").Gemm("h", "y", 4, 4).Output("y");

        var quantized = Quantized.Of(model, low: -1, high: 1).ExpectNear(25);

        Assert.Contains("a (Gemm): node b (Hardmax), which reads its output, would amplify its rounding without bound: the largest of nearly equal values takes all", quantized.LeftInFloat);
        Assert.Contains("h (Softmax): it amplifies the rounding of its input without bound: its scores would have steps of", quantized.LeftInFloat);
        Assert.DoesNotContain("y (Gemm)", quantized.LeftInFloat);
    }

    [Theory]
    [InlineData("Reciprocal", -1, 2)]
    [InlineData("Tan", -3, 3)]
    public void Functions_that_jump_keep_their_input_in_float(string operation, float low, float high)
    {
        var model = new ModelBuilder().Input("x", 1, 8).Gemm("x", "a", 8, 8).Node(operation, ["a"], "c").Gemm("c", "y", 8, 4).Output("y");

        var quantized = Quantized.Of(model, request => request with { Check = false }, low, high);

        Assert.Contains($"c ({operation}): it amplifies the rounding of its input without bound", quantized.LeftInFloat);
        Assert.Contains($"a (Gemm): node c ({operation}), which reads its output", quantized.LeftInFloat);
        Assert.DoesNotContain("y (Gemm)", quantized.LeftInFloat);
    }

    [Fact]
    public void What_has_no_value_for_some_integers_stays_in_float()
    {
        var model = new ModelBuilder().Input("x", 1, 8).Gemm("x", "a", 8, 8).Node("Sigmoid", ["a"], "b").Floats("two", [], 2)
            .Node("Add", ["b", "two"], "c").Node("Flatten", ["c"], "e").Node("Acosh", ["e"], "d").Gemm("d", "y", 8, 4).Output("y");

        Assert.Equal(
            "d (Acosh): it cannot be planned: its table has an entry without a value, or with every step that was tried one near a tie",
            Quantized.Of(model).LeftInFloat);
    }
}
