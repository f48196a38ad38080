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
        if (inRows && ReferenceEquals(layer.Weight, table))
            return true;
        var (values, weights) = (TensorData.Floats(table), layer.Values);
        return Enumerable.Range(0, Math.Min(LookedAtFirst, values.Length)).All(IsSame)
            && Enumerable.Range(0, values.Length).All(IsSame);

        bool IsSame(int at)
        {
            var (row, column) = Math.DivRem(at, (int)columns);
            var weight = weights[inRows ? at : (int)((column * rows) + row)];
            return BitConverter.SingleToInt32Bits(values[at]) == BitConverter.SingleToInt32Bits(weight);
        }
    }
}
