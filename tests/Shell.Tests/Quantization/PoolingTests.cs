using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Pools between layers.</summary>
public class PoolingTests
{
    [Theory]
    [InlineData(13, "kernel_shape=2,2 strides=2,2")]
    [InlineData(13, "kernel_shape=3,3 strides=2,2 ceil_mode=1")]
    [InlineData(13, "kernel_shape=3,3 pads=1,1,1,1 count_include_pad=1")]
    [InlineData(13, "kernel_shape=3,3 pads=1,1,1,1")]
    [InlineData(13, "kernel_shape=3,3 auto_pad=SAME_UPPER")]
    [InlineData(19, "kernel_shape=2,2 dilations=1,1")]
    [InlineData(22, "kernel_shape=2,2 dilations=1,1 strides=2,2")]
    public void AveragePool_runs_on_integers(long opset, string attributes)
    {
        var quantized = Quantized.Of(Pooled(opset, "AveragePool", attributes));

        quantized.Expect("QLinearAveragePool×1 QLinearConv×2");
    }

    [Fact]
    public void AveragePool_with_holes_stays_in_float_and_loads()
    {
        var quantized = Quantized.Of(Pooled(19, "AveragePool", "kernel_shape=2,2 dilations=2,2"));

        quantized.Expect("QLinearConv×2", "AveragePool×1 Max×1");
        Assert.Equal("b (AveragePool): ONNX Runtime's integer kernel has no dilations", quantized.LeftInFloat);
    }

    [Theory]
    [InlineData(13, "kernel_shape=3,3 strides=2,2 ceil_mode=1 count_include_pad=1")]
    [InlineData(19, "kernel_shape=3,3 strides=2,2 ceil_mode=1 count_include_pad=1")]
    [InlineData(13, "kernel_shape=2,2 strides=2,2 pads=1,1,1,1 ceil_mode=1 count_include_pad=1")]
    public void Windows_that_end_within_the_pads_run_on_integers(long opset, string attributes) =>
        Quantized.Of(Pooled(opset, "AveragePool", attributes)).Expect("QLinearAveragePool×1 QLinearConv×2");

    [Theory]
    [InlineData(13)]
    [InlineData(22)]
    public void Windows_beyond_pads_that_count_stay_in_float(long opset)
    {
        var quantized = Quantized.Of(Pooled(opset, "AveragePool", "kernel_shape=3,3 strides=2,2 pads=1,1,1,1 ceil_mode=1 count_include_pad=1"));

        quantized.ExpectNear(30);
        Assert.StartsWith("b (AveragePool): its last windows reach beyond the pads", quantized.LeftInFloat, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GlobalAveragePool", "", 13)]
    [InlineData("ReduceMean", "axes=2,3 keepdims=1", 13)]
    [InlineData("ReduceMean", "axes=-2,-1 keepdims=0", 13)]
    [InlineData("GlobalAveragePool", "", 22)]
    public void Means_over_all_of_an_image_run_on_integers(string op, string attributes, long opset)
    {
        var model = new ModelBuilder(opset)
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node(op, ["a"], "b", attributes);
        if (!attributes.EndsWith("keepdims=0", StringComparison.Ordinal))
            model.Node("Flatten", ["b"], "c").Gemm("c", "y", 4, 3).Output("y");
        else
            model.Gemm("b", "y", 4, 3).Output("y");

        var quantized = Quantized.Of(model);

        Assert.Equal("", quantized.Floats);
        Assert.Contains("QLinearGlobalAveragePool×1", quantized.Integers);
        quantized.ExpectNear(30).ExpectSameWhenOptimized();
    }

    [Theory]
    [InlineData(8, "kernel_shape=2,2 strides=2,2")]
    [InlineData(11, "kernel_shape=3,3 strides=2,2 ceil_mode=1")]
    [InlineData(13, "kernel_shape=3,3 pads=1,1,1,1")]
    [InlineData(13, "kernel_shape=2,2 dilations=2,2")]
    [InlineData(22, "kernel_shape=2,2 strides=2,2")]
    public void MaxPool_moves_integers(long opset, string attributes)
    {
        var quantized = Quantized.Of(Pooled(opset, "MaxPool", attributes));

        quantized.Expect("MaxPool×1 QLinearConv×2");
    }

    [Theory]
    [InlineData("MaxPool", 13, "SAME_UPPER", 6)]
    [InlineData("MaxPool", 13, "SAME_LOWER", -1)]
    [InlineData("MaxPool", 22, "SAME_UPPER", 7)]
    [InlineData("AveragePool", 13, "SAME_UPPER", 6)]
    [InlineData("AveragePool", 22, "SAME_LOWER", 6)]
    public void A_pool_that_skips_every_second_element_does_so_with_any_padding(string pool, long opset, string padding, long size)
    {
        // 16 channels, with which ONNX Runtime takes it in the float model
        OnnxModel Model(long side) => new ModelBuilder(opset)
            .Input("x", 1, 2, side, side)
            .Conv("x", "a", 2, 16)
            .Node(pool, ["a"], "b", node => node.Set($"kernel_shape=1,1 strides=2,2 auto_pad={padding}"))
            .Conv("b", "y", 16, 2, 1)
            .Output("y").Build();

        var quantized = Quantized.Of(Model(size), Samples.Random(Model(size < 0 ? 6 : size), 16));

        Assert.Equal("", quantized.Floats);
        // the float model runs with all optimizations only
        Assert.True(quantized.Report.Check!.Outputs[0].SqnrDb > 25, $"{quantized.Report.Check}");
    }

    [Theory]
    [InlineData("MaxPool", "kernel_shape=1,1 strides=3,3", "a")]
    [InlineData("AveragePool", "kernel_shape=1,1 strides=3,3", "a")]
    [InlineData("Conv", "strides=3,3", "a w")]
    public void Padding_that_leaves_out_elements_is_left_to_ONNX_Runtime(string op, string attributes, string inputs)
    {
        var model = new ModelBuilder(22)
            .Input("x", 1, 2, 6, 6)
            .Conv("x", "a", 2, 16, 1)
            .Random("w", 16, 16, 1, 1)
            .Node(op, inputs.Split(' '), "b", node => node.Set($"{attributes} auto_pad=SAME_UPPER"))
            .Output("b").Build();

        var (_, reason) = Schemes.Of(model).Floats.Single(left => left.Node.Output[0] == "b");

        Assert.Contains("auto_pad leaves out elements", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MaxPool_whose_indices_are_read_stays_in_float()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("MaxPool", ["a"], ["b", "where"], node => node.Set("kernel_shape=2,2 strides=2,2"))
            .Conv("b", "y", 4, 2)
            .Output("y").Output("where", DataType.Int64);

        var quantized = Quantized.Of(model);

        Assert.Equal("b (MaxPool): its indices are read", quantized.LeftInFloat);
        Assert.Equal(("QLinearConv×2", "Max×2 MaxPool×1"), (quantized.Integers, quantized.Floats));
    }

    [Theory]
    [InlineData("where")]
    [InlineData("")]
    public void MaxPool_whose_indices_nobody_reads_moves_integers(string indices)
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("MaxPool", ["a"], ["b", indices], node => node.Set("kernel_shape=2,2 strides=2,2"))
            .Conv("b", "y", 4, 2)
            .Output("y");

        Quantized.Of(model).Expect("MaxPool×1 QLinearConv×2");
    }

    private static ModelBuilder Pooled(long opset, string pool, string attributes) => new ModelBuilder(opset)
        .Input("x", 1, 2, 8, 8)
        .Conv("x", "a", 2, 4)
        .Node(pool, ["a"], "b", attributes)
        .Conv("b", "y", 4, 2)
        .Output("y");
}
