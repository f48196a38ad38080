using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Execution;

/// <summary>Operators that only move elements leave ONNX Runtime's integers where it leaves them.</summary>
public class MoverAgreementTests
{
    private static void Expect(long[] dims, int outputRank, string operation, Action<ModelBuilder> constants, string[] more, string attributes)
    {
        var model = new ModelBuilder().Input("x", dims).Pair("x", "xq", 0.03f, 101);
        constants(model);
        model.Node(operation, ["xq", .. more], "y", attributes)
            .Node("QuantizeLinear", ["y", "xq.step", "xq.zero"], "y.integers")
            .Node("DequantizeLinear", ["y.integers", "xq.step", "xq.zero"], "yq")
            .Output("yq", [.. Enumerable.Repeat(-1L, outputRank)])
            .ExpectAgreement();
    }

    private static void Nothing(ModelBuilder model)
    {
    }

    [Fact]
    public void Reshape() => Expect([2, 3, 4], 2, "Reshape", m => m.Longs("shape", 0, -1), ["shape"], "");

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void Flatten(int axis) => Expect([2, 3, 4], 2, "Flatten", Nothing, [], $"axis={axis}");

    [Fact]
    public void Transpose() => Expect([2, 3, 4], 3, "Transpose", Nothing, [], "perm=2,0,1");

    [Fact]
    public void Transpose_without_an_order_turns_all_axes() => Expect([2, 3, 4], 3, "Transpose", Nothing, [], "");

    [Fact]
    public void Squeeze() => Expect([2, 1, 4], 2, "Squeeze", m => m.Longs("axes", 1), ["axes"], "");

    [Fact]
    public void Unsqueeze() => Expect([2, 4], 4, "Unsqueeze", m => m.Longs("axes", 0, -1), ["axes"], "");

    [Theory]
    [InlineData(1, 5, 1)]
    [InlineData(-5, -1, 2)]
    [InlineData(5, 0, -1)]
    [InlineData(-1, -100, -2)]
    [InlineData(0, 100, 3)]
    [InlineData(2, 3, 5)]
    public void Slice(long start, long end, long step) => Expect(
        [2, 7],
        2,
        "Slice",
        m => m.Longs("starts", start).Longs("ends", end).Longs("axes", 1).Longs("steps", step),
        ["starts", "ends", "axes", "steps"],
        "");

    [Fact]
    public void Split_gives_each_output_its_part()
    {
        var model = new ModelBuilder().Input("x", 2, 7).Pair("x", "xq", 0.03f, 101).Longs("parts", 2, 5)
            .Node("Split", ["xq", "parts"], ["a", "b"], node => node.SetInt("axis", 1));
        foreach (var part in (string[])["a", "b"])
        {
            model.Node("QuantizeLinear", [part, "xq.step", "xq.zero"], $"{part}.integers")
                .Node("DequantizeLinear", [$"{part}.integers", "xq.step", "xq.zero"], $"{part}q")
                .Output($"{part}q", -1, -1);
        }

        model.ExpectAgreement();
    }
}
