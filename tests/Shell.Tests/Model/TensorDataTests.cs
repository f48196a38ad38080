using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Model;

public class TensorDataTests
{
    [Fact]
    public void Real_numbers_of_every_type_are_read_from_bytes_and_from_fields()
    {
        float[] expected = [1.5f, -2f];
        Assert.Equal(expected, TensorData.Floats(TensorData.Make("t", [2], expected)));
        Assert.Equal(expected, TensorData.Floats(Typed(DataType.Float, t => t.FloatData.Add(expected))));
        Assert.Equal(expected, TensorData.Floats(Typed(DataType.Double, t => t.DoubleData.Add([1.5, -2]))));
        Assert.Equal(expected, TensorData.Floats(Raw(DataType.Double, [.. BitConverter.GetBytes(1.5),
            .. BitConverter.GetBytes(-2.0)])));
        Assert.Equal(expected, TensorData.Floats(Raw(DataType.Float16, [0x00, 0x3E, 0x00, 0xC0])));
        Assert.Equal(expected, TensorData.Floats(Typed(DataType.Float16, t => t.Int32Data.Add([0x3E00, 0xC000]))));
        Assert.Equal(expected, TensorData.Floats(Raw(DataType.Bfloat16, [0xC0, 0x3F, 0x00, 0xC0])));
        Assert.Equal(expected, TensorData.Floats(Typed(DataType.Bfloat16, t => t.Int32Data.Add([0x3FC0, 0xC000]))));
    }

    [Fact]
    public void Integers_of_every_type_are_read_from_bytes_and_from_fields()
    {
        long[] expected = [3, -2];
        Assert.Equal(expected, TensorData.Integers(TensorData.Make("t", [2], expected)));
        Assert.Equal(expected, TensorData.Integers(TensorData.Make("t", [2], (int[])[3, -2])));
        Assert.Equal(expected, TensorData.Integers(TensorData.Make("t", [2], (sbyte[])[3, -2])));
        Assert.Equal([3, 254], TensorData.Integers(TensorData.Make("t", [2], (byte[])[3, 254])));
        Assert.Equal(expected, TensorData.Integers(Typed(DataType.Int64, t => t.Int64Data.Add(expected))));
        Assert.Equal(expected, TensorData.Integers(Typed(DataType.Int8, t => t.Int32Data.Add([3, -2]))));
        Assert.Equal(expected, TensorData.Integers(Raw(DataType.Int16, [3, 0, 0xFE, 0xFF])));
        Assert.Equal([3, 65534], TensorData.Integers(Raw(DataType.Uint16, [3, 0, 0xFE, 0xFF])));
        Assert.Equal([3, 4], TensorData.Integers(Typed(DataType.Uint64, t => t.Uint64Data.Add([3, 4]))));
        Assert.Equal([1, 0], TensorData.Integers(Raw(DataType.Bool, [1, 0])));
    }

    [Theory]
    [InlineData(new long[] { }, 1)]
    [InlineData(new long[] { 0, 5 }, 0)]
    [InlineData(new long[] { 2, 3 }, 6)]
    public void The_count_is_the_product_of_the_dimensions(long[] dims, long expected)
    {
        var tensor = TensorData.Make("t", dims, new float[expected]);

        Assert.Equal(expected, TensorData.Count(tensor));
        Assert.Null(TensorData.Problem(tensor));
    }

    [Fact]
    public void Shapes_and_data_that_disagree_are_told()
    {
        Assert.Contains("impossible", TensorData.Problem(Typed(DataType.Float, t => t.Dims.Add(-1))));
        Assert.Contains("impossible", TensorData.Problem(Typed(DataType.Float, t => t.Dims.Add([1L << 40, 1L << 40]))));
        Assert.Contains("declares 2 numbers but holds 1",
            TensorData.Problem(Typed(DataType.Int64, t => t.Int64Data.Add(1))));
        Assert.Contains("declares 4 bytes but holds 3", TensorData.Problem(Raw(DataType.Float16, [1, 2, 3])));
    }

    private static TensorProto Raw(DataType type, byte[] bytes) => TensorData.Make("t", [2], type, bytes);

    private static TensorProto Typed(DataType type, Action<TensorProto> fill)
    {
        var tensor = new TensorProto { Name = "t", Dims = { 2 }, DataType = (int)type };
        fill(tensor);
        return tensor;
    }
}
