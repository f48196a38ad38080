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

    [Theory]
    [InlineData("constant", 0, 0, 1, 2, 0, 0, 2, 1)]
    [InlineData("constant", 0, 0, -1, 2, 0, 1, 2, -2)]
    [InlineData("edge", 0, 0, 1, 2, 0, 0, 2, 1)]
    [InlineData("reflect", 0, 0, 3, 2, 0, 0, 2, 4)]
    public void Pad(string mode, params int[] pads)
    {
        long[] sizes = [.. pads.Select(pad => (long)pad)];
        Expect([1, 2, 4, 5], 4, "Pad", m => m.Longs("pads", sizes), ["pads"], $"mode={mode}");
        ExpectStored([1, 2, 4, 5], 4, "Pad", m => m.Longs("pads", sizes), ["pads", "xq.zero"], $"mode={mode}");
    }

    [Theory]
    [InlineData("axis=1")]
    [InlineData("axis=-1")]
    [InlineData("")]
    public void Compress(string attributes)
    {
        var rank = attributes.Length > 0 ? 2 : 1;
        void Condition(ModelBuilder m) => m.Initializer(TensorData.Make("c", [3], QuantFunctional.Onnx.Format.TensorProto.Types.DataType.Bool, [1, 0, 1]));
        Expect([4, 3], rank, "Compress", Condition, ["c"], attributes);
        ExpectStored([4, 3], rank, "Compress", Condition, ["c"], attributes);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void ReverseSequence(int batch, int time)
    {
        void Lengths(ModelBuilder m) => m.Longs("l", 1, 4, 2, 3);
        Expect([4, 4, 3], 3, "ReverseSequence", Lengths, ["l"], $"batch_axis={batch} time_axis={time}");
        ExpectStored([4, 4, 3], 3, "ReverseSequence", Lengths, ["l"], $"batch_axis={batch} time_axis={time}");
    }

    [Fact]
    public void GatherND()
    {
        void Indices(ModelBuilder m) => m.Initializer(TensorData.Make("i", [3, 2], [0L, 1, 3, 2, -1, 0]));
        Expect([4, 3, 2], 2, "GatherND", Indices, ["i"], "");
        ExpectStored([4, 3, 2], 2, "GatherND", Indices, ["i"], "");
    }

    [Fact]
    public void GatherElements() => Expect(
        [4, 3], 2, "GatherElements", m => m.Initializer(TensorData.Make("i", [2, 3], [0L, 1, 3, 2, -1, 0])), ["i"], "axis=0");

    [Theory]
    [InlineData("axis=1", 3)]
    [InlineData("axis=0 largest=0", 2)]
    public void TopK(string attributes, int count)
    {
        var model = new ModelBuilder().Input("x", 4, 5, 3).Pair("x", "xq", 0.3f, 101).Longs("k", count)
            .Node("TopK", ["xq", "k"], ["y", "i"], node => node.Set(attributes))
            .Node("QuantizeLinear", ["y", "xq.step", "xq.zero"], "y.integers")
            .Node("DequantizeLinear", ["y.integers", "xq.step", "xq.zero"], "yq");

        model.Output("yq", -1, -1, -1).ExpectAgreement();
    }

    /// <summary>The same between QuantizeLinear and DequantizeLinear, on the stored integers.</summary>
    private static void ExpectStored(long[] dims, int outputRank, string operation, Action<ModelBuilder> constants, string[] more, string attributes)
    {
        var model = new ModelBuilder().Input("x", dims).Pair("x", "xq", 0.03f, 101);
        constants(model);
        model.Node(operation, ["xq.integers", .. more], "y.integers", attributes)
            .Node("DequantizeLinear", ["y.integers", "xq.step", "xq.zero"], "yq")
            .Output("yq", [.. Enumerable.Repeat(-1L, outputRank)])
            .ExpectAgreement();
    }

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
