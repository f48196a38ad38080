using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>Integers of 4 and 2 bits, of which several share a byte: the first one in its lowest bits.</summary>
internal static class PackedIntegers
{
    /// <summary>Whether elements of the type share bytes.</summary>
    internal static bool Are(DataType type) =>
        type is DataType.Int4 or DataType.Uint4 or DataType.Int2 or DataType.Uint2;

    /// <summary>The elements in row order; bits that fill the last byte are left out.</summary>
    internal static long[] Read(TensorProto tensor)
    {
        var type = TensorData.Type(tensor);
        var bits = type is DataType.Int4 or DataType.Uint4 ? 4 : 2;
        var isSigned = type is DataType.Int4 or DataType.Int2;
        var (each, mask, half) = (8 / bits, (1 << bits) - 1, 1 << (bits - 1));
        byte[] bytes = tensor.RawData.IsEmpty
            ? Array.ConvertAll(tensor.Int32Data.ToArray(), value => (byte)value)
            : tensor.RawData.ToByteArray();
        var values = new long[TensorData.Count(tensor)];
        for (var i = 0; i < values.Length; i++)
        {
            var stored = (bytes[i / each] >> (bits * (i % each))) & mask;
            values[i] = isSigned && stored >= half ? stored - (2 * half) : stored;
        }

        return values;
    }
}
