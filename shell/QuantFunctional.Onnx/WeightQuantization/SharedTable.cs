using System.Runtime.InteropServices;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.WeightQuantization;

/// <summary>
/// Whether a product multiplies by the rows of a table, as the head of a decoder does by its embedding. Values are compared, since
/// the Transpose between the two is folded into a constant of its own.
/// </summary>
internal static class SharedTable
{
    private const int LookedAtFirst = 64;

    /// <summary>Whether the weights of each output channel are a row of the table, bit for bit.</summary>
    internal static bool IsOf(TensorProto table, FoundLayer layer)
    {
        var (rows, columns) = (table.Dims[0], table.Dims[1]);
        var inRows = layer.Layout == WeightLayout.OI;
        long[] wanted = inRows ? [rows, columns] : [columns, rows];
        if (!layer.Weight.Dims.SequenceEqual(wanted) || layer.Weight.DataType != table.DataType)
            return false;
        if (inRows ? ReferenceEquals(layer.Weight, table) : FileBytes.AreTransposed(table.RawData, layer.Weight.RawData, (int)columns))
            return true;
        if (!BeginsAlike(table, layer.Weight, inRows ? 1 : (int)rows))
            return false;
        var values = TensorData.FloatsInPlace(table);
        var weights = TensorData.FloatsInPlace(layer.Weight);
        return inRows
            ? MemoryMarshal.AsBytes(values).SequenceEqual(MemoryMarshal.AsBytes(weights))
            : IsTransposed(values, weights, (int)rows, (int)columns);
    }

    /// <summary>Whether the first row of a table is what stands in other weights, so far apart: most others are told without reading all.</summary>
    private static bool BeginsAlike(TensorProto table, TensorProto weights, int apart)
    {
        if (table.RawData.IsEmpty || weights.RawData.IsEmpty)
            return true;
        var size = TensorData.ElementBits(table.DataType) / 8;
        Span<byte> number = stackalloc byte[size], other = stackalloc byte[size];
        for (var column = 0; column < Math.Min(LookedAtFirst, table.Dims[1]); column++)
        {
            FileBytes.CopyTo(table.RawData, column * size, number);
            FileBytes.CopyTo(weights.RawData, column * apart * size, other);
            if (!number.SequenceEqual(other))
                return false;
        }

        return true;
    }

    private static bool IsTransposed(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int rows, int columns)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (BitConverter.SingleToInt32Bits(values[(row * columns) + column]) != BitConverter.SingleToInt32Bits(weights[(column * rows) + row]))
                    return false;
            }
        }

        return true;
    }
}
