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

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Gather(int axis) => Expect(
        [4, 3, 5], 3, "Gather", m => m.Longs("indices", 2, -1, 0, 0), ["indices"], $"axis={axis}");

    [Fact]
    public void Expand() => Expect([3, 1], 3, "Expand", m => m.Longs("shape", 2, 1, 4), ["shape"], "");

    [Fact]
    public void Tile() => Expect([2, 3], 2, "Tile", m => m.Longs("repeats", 2, 3), ["repeats"], "");

    [Theory]
    [InlineData("DCR")]
    [InlineData("CRD")]
    public void DepthToSpace(string mode) =>
        Expect([2, 12, 2, 3], 4, "DepthToSpace", Nothing, [], $"blocksize=2 mode={mode}");

    [Theory]
    [InlineData("ReduceMax", "axes=1,-1 keepdims=0", 1)]
    [InlineData("ReduceMin", "axes=0,1", 3)]
    [InlineData("ReduceMax", "keepdims=0", 0)]
    public void The_largest_or_smallest(string operation, string attributes, int rank) =>
        Expect([3, 4, 5], rank, operation, Nothing, [], attributes);

    public static TheoryData<string, string, float> Resizes()
    {
        var data = new TheoryData<string, string, float>();
        foreach (var coordinates in (string[])["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"])
        {
            foreach (var rounding in (string[])["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
            {
                foreach (var scale in (float[])[2, 1.5f, 0.6f, 3.3f])
                    data.Add(coordinates, rounding, scale);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Resizes))]
    public void Resize_to_the_nearest(string coordinates, string rounding, float scale) => Expect(
        [1, 2, 5, 7],
        4,
        "Resize",
        m => m.Floats("scales", [4], 1, 1, scale, scale),
        ["", "scales"],
        $"mode=nearest coordinate_transformation_mode={coordinates} nearest_mode={rounding}");

    [Fact]
    public void Resize_to_sizes() => Expect(
        [1, 2, 5, 7], 4, "Resize", m => m.Longs("sizes", 1, 2, 11, 4), ["", "", "sizes"], "mode=nearest");

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
