using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Attention hides what is not to be seen behind very negative numbers, in many spellings.</summary>
public class MaskTests
{
    private const int Tokens = 6;
    private const string InIntegers = "QLinearMatMul×4 QLinearSoftmax×1 Transpose×1";

    [Theory]
    [InlineData(-1e4f, "QLinearAdd×1 ")]
    [InlineData(-1e9f, "QLinearAdd×1 ")]
    [InlineData(float.MinValue, "QLinearAdd×1 ")]
    [InlineData(float.NegativeInfinity, "")]
    public void A_constant_is_added(float masked, string joins) => Expect(
        Attention().Floats("mask", [1, Tokens, Tokens], Causal(masked)).Node("Add", ["scores", "mask"], "m"),
        joins + InIntegers);

    [Theory]
    [InlineData(-1e9f, true)]
    [InlineData(float.NegativeInfinity, false)]
    public void A_constant_takes_the_place_of_scores(float masked, bool inIntegers) => Expect(
        Attention().Floats("masked", [], masked)
            .Floats("seen", [1, Tokens, Tokens], Causal(1)).Node("Cast", ["seen"], "hidden", $"to={(int)DataType.Bool}")
            .Node("Where", ["hidden", "masked", "scores"], "m"),
        inIntegers ? "QLinearMatMul×4 QLinearSoftmax×1 QLinearWhere×1 Transpose×1" : InIntegers);

    [Theory]
    [InlineData(-1e4f)]
    [InlineData(float.MinValue)]
    public void An_input_is_added(float masked) => Expect(
        Attention().Input("mask", 1, 1, Tokens).Node("Add", ["scores", "mask"], "m"),
        "QLinearAdd×1 " + InIntegers, seen: 0, hidden: masked);

    [Theory]
    [InlineData(-1e4f, "QLinearAdd×1 QLinearMatMul×4 QLinearMul×1 QLinearSoftmax×1 Transpose×1")]
    [InlineData(-1e9f, "QLinearAdd×1 ")]
    [InlineData(float.MinValue, "QLinearAdd×1 " + InIntegers)]
    public void One_minus_an_input_times_a_big_number_is_added(float masked, string integers) => Expect(
        Attention().Input("mask", 1, 1, Tokens).Floats("one", [], 1).Floats("big", [], masked)
            .Node("Sub", ["one", "mask"], "hidden").Node("Mul", ["hidden", "big"], "penalty")
            .Node("Add", ["scores", "penalty"], "m"),
        integers.EndsWith(' ') ? null : integers);

    [Theory]
    [InlineData(-1e9f)]
    [InlineData(float.NegativeInfinity)]
    public void What_Where_chooses_is_added(float masked) => Expect(
        Attention().Input("mask", 1, 1, Tokens).Floats("zero", [], 0).Floats("big", [], masked)
            .Node("Cast", ["mask"], "seen", $"to={(int)DataType.Bool}")
            .Node("Where", ["seen", "zero", "big"], "penalty").Node("Add", ["scores", "penalty"], "m"),
        null);

    [Theory]
    [InlineData(400, "p (Softmax): its probabilities are so small")]
    [InlineData(12, "")]
    public void Probabilities_below_a_step_stay_in_float(int tokens, string left)
    {
        var model = new ModelBuilder().Input("x", 1, tokens, 8).Between("wq", -0.3f, 0.3f, 8, 8).Node("MatMul", ["x", "wq"], "q")
            .Node("Transpose", ["x"], "t", "perm=0,2,1").Node("MatMul", ["q", "t"], "scores").Node("Softmax", ["scores"], "p")
            .Between("wv", 0, 1, 8, 8).Floats("one", [], 1).Node("MatMul", ["x", "wv"], "v0").Node("Add", ["v0", "one"], "v")
            .Node("MatMul", ["p", "v"], "y").Output("y");

        var quantized = Quantized.Of(model);

        Assert.StartsWith(left, quantized.LeftInFloat, StringComparison.Ordinal);
        Assert.Equal(left.Length == 0, quantized.Integers.Contains("QLinearSoftmax", StringComparison.Ordinal));
        quantized.ExpectNear(30);
    }

    [Fact]
    public void A_big_number_is_subtracted() => Expect(
        Attention().Input("mask", 1, 1, Tokens).Floats("big", [], 65504)
            .Node("Mul", ["mask", "big"], "penalty").Node("Sub", ["scores", "penalty"], "m"),
        null, seen: 0, hidden: 1);

    [Theory]
    [InlineData("Mul", 0.125f)]
    [InlineData("Div", 8f)]
    public void Scores_are_scaled_after_the_mask(string scale, float by) => Expect(
        Attention().Input("mask", 1, 1, Tokens).Floats("by", [], by)
            .Node("Add", ["scores", "mask"], "masked").Node(scale, ["masked", "by"], "m"),
        null, seen: 0, hidden: -1e4f);

    [Fact]
    public void Two_masks_whose_sum_is_infinite_are_added() => Expect(
        Attention().Floats("causal", [1, Tokens, Tokens], Causal(float.MinValue)).Input("mask", 1, 1, Tokens)
            .Node("Add", ["causal", "mask"], "both").Node("Add", ["scores", "both"], "m"),
        null, seen: 0, hidden: float.MinValue);

    [Fact]
    public void Rows_in_which_everything_is_hidden_ask_for_no_steps()
    {
        var model = Attention().Input("mask", 1, Tokens, 1).Node("Add", ["scores", "mask"], "m");

        var quantized = Quantize(model, seen: 0, hidden: -1e4f);

        // the scores are of some tens, and e^-11 is nothing beside them
        Assert.InRange(quantized.Floating(quantized.StepName("m")).Single(), 0, 0.5);
    }

    [Fact]
    public void Distances_that_are_no_mask_keep_their_range()
    {
        var model = new ModelBuilder().Input("x", 1, 4, 8).Between("w", -120, 120, 8, 8)
            .Node("MatMul", ["x", "w"], "a").Node("Mul", ["a", "a"], "squares").Floats("minus", [], -1)
            .Node("Mul", ["squares", "minus"], "m").Node("Softmax", ["m"], "y", "axis=-1").Output("y");

        var quantized = Quantized.Of(model);

        // no row is set aside although the largest value of some lies below -1000: so the steps would be too large for a Softmax
        Assert.Contains("y (Softmax): it amplifies the rounding of its input without bound: its scores would have steps of ", quantized.LeftInFloat);
        Assert.Contains("m (Mul): node y (Softmax), which reads its output", quantized.LeftInFloat);
    }

    /// <summary>What comes before the mask; the masked scores are to be called m.</summary>
    private static ModelBuilder Attention() => new ModelBuilder()
        .Input("x", 1, Tokens, 8)
        .Between("q", -3, 3, 8, 8).Between("k", -3, 3, 8, 8)
        .Node("MatMul", ["x", "q"], "a")
        .Node("MatMul", ["x", "k"], "b")
        .Node("Transpose", ["b"], "c", "perm=0,2,1")
        .Node("MatMul", ["a", "c"], "scores");

    private static float[] Causal(float hidden) =>
        [.. Enumerable.Range(0, Tokens * Tokens).Select(i => i % Tokens > i / Tokens ? hidden : 0)];

    private static void Expect(ModelBuilder model, string? integers, float seen = 1, float hidden = 0)
    {
        var quantized = Quantize(model, seen, hidden);

        if (integers is not null)
            Assert.Equal(integers, quantized.Integers);
        Assert.Contains("QLinearMatMul×4", quantized.Integers, StringComparison.Ordinal);
        Assert.Contains("QLinearSoftmax×1", quantized.Integers, StringComparison.Ordinal);
        Assert.Empty(quantized.Report.Warnings);
        quantized.ExpectNear(25);
    }

    private static Quantized Quantize(ModelBuilder model, float seen, float hidden)
    {
        var original = model.Node("Softmax", ["m"], "p", "axis=-1").Node("MatMul", ["p", "x"], "y").Output("y").Build();
        var random = Samples.Random(original, 12);
        var samples = random with
        {
            // the first tokens of each sample are words, the rest is filled up
            Items = [.. random.Items.Select((item, i) => item.ToDictionary(
                input => input.Key,
                input => input.Key == "mask"
                    ? input.Value with { Values = [.. Enumerable.Range(0, Tokens).Select(t => t <= i % Tokens ? seen : hidden)] }
                    : input.Value))],
        };
        return Quantized.Of(original, samples);
    }
}
