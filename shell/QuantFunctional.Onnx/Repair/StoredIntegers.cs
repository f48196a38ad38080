using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Repair;

/// <summary>The types in which a file stores what a repair changes, and tensors of them with other values.</summary>
internal static class StoredIntegers
{
    /// <summary>Whether a tensor holds weights that a kernel of bytes multiplies.</summary>
    internal static bool Are8Bits(TensorProto tensor) => TensorData.Type(tensor) is DataType.Int8 or DataType.Uint8;

    /// <summary>Whether a tensor holds one int32 for each channel.</summary>
    internal static bool IsBias(TensorProto tensor, int channels) =>
        TensorData.Type(tensor) == DataType.Int32 && TensorData.Count(tensor) == channels;

    /// <summary>Whether a tensor holds positive steps in the only type that integer kernels take.</summary>
    internal static bool IsStep(TensorProto tensor) =>
        TensorData.Type(tensor) == DataType.Float
        && TensorData.Floats(tensor) is { Length: > 0 } steps
        && Array.TrueForAll(steps, step => float.IsFinite(step) && step > 0);

    /// <summary>The tensor with other integers of its type.</summary>
    internal static TensorProto With(TensorProto tensor, IEnumerable<long> dims, long[] values)
    {
        var bytes = TensorData.Type(tensor) == DataType.Int32
            ? MemoryMarshal.AsBytes<int>(Array.ConvertAll(values, value => checked((int)value))).ToArray()
            : Array.ConvertAll(values, value => unchecked((byte)value));
        return With(tensor, dims, bytes);
    }

    /// <summary>The tensor with other real numbers.</summary>
    internal static TensorProto With(TensorProto tensor, IEnumerable<long> dims, float[] values) =>
        With(tensor, dims, MemoryMarshal.AsBytes<float>(values).ToArray());

    private static TensorProto With(TensorProto tensor, IEnumerable<long> dims, byte[] bytes)
    {
        long[] sizes = [.. dims];
        var changed = tensor.Clone();
        changed.Int32Data.Clear();
        changed.FloatData.Clear();
        changed.Dims.Clear();
        changed.Dims.AddRange(sizes);
        changed.RawData = ByteString.CopyFrom(bytes);
        return changed;
    }
}
