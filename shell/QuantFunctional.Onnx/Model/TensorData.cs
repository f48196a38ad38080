using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantFunctional.Onnx.Format;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace QuantFunctional.Onnx.Model;

/// <summary>Reads a tensor however its data is held (raw little-endian or typed fields), and makes new ones.</summary>
internal static class TensorData
{
    private const int PieceLength = 1 << 16;

    /// <summary>The number of elements: the product of the dimensions, 1 for a scalar.</summary>
    internal static long Count(TensorProto tensor) =>
        tensor.Dims.Aggregate(1L, (product, dim) => checked(product * dim));

    /// <summary>The element type.</summary>
    internal static DataType Type(TensorProto tensor) => (DataType)tensor.DataType;

    /// <summary>Whether the elements are real numbers that <see cref="Floats"/> can read.</summary>
    internal static bool IsReal(TensorProto tensor) =>
        Type(tensor) is DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16;

    /// <summary>The elements in row order as float32; float16, bfloat16 and double are converted.</summary>
    internal static float[] Floats(TensorProto tensor)
    {
        if (FileBytes.Are(tensor.RawData) && Type(tensor) == DataType.Float)
            return FileBytes.Read<float>(tensor.RawData);
        return Type(tensor) switch
        {
            DataType.Float => tensor.RawData.IsEmpty ? [.. tensor.FloatData] : FloatsInPlace(tensor).ToArray(),
            DataType.Double => Each<double, float>(Doubles(tensor), v => (float)v),
            DataType.Float16 => Each<ushort, float>(Halves(tensor), v => (float)BitConverter.UInt16BitsToHalf(v)),
            DataType.Bfloat16 => Each<ushort, float>(Halves(tensor), v => BitConverter.Int32BitsToSingle(v << 16)),
            var type => throw new ArgumentException($"Tensor '{tensor.Name}' holds {type}, not real numbers."),
        };
    }

    /// <summary>The elements in row order as float32, where they lie if that is what they are.</summary>
    internal static ReadOnlySpan<float> FloatsInPlace(TensorProto tensor) =>
        Type(tensor) == DataType.Float && !tensor.RawData.IsEmpty
            ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span)
            : Floats(tensor);

    /// <summary>Where the first number of a tensor is that is none or infinite, and what it is; null where all are finite.</summary>
    internal static (int At, float Value)? FirstNotFinite(TensorProto tensor)
    {
        if (Type(tensor) != DataType.Float || tensor.RawData.IsEmpty)
            return FirstNotFinite(Floats(tensor));
        var some = new float[Math.Min(PieceLength, tensor.RawData.Length / sizeof(float))];
        for (var first = 0; first < tensor.RawData.Length / sizeof(float); first += some.Length)
        {
            var piece = some.AsSpan(0, Math.Min(some.Length, (tensor.RawData.Length / sizeof(float)) - first));
            FileBytes.CopyTo(tensor.RawData, first * sizeof(float), MemoryMarshal.AsBytes(piece));
            if (FirstNotFinite(piece, first) is { } found)
                return found;
        }

        return null;
    }

    /// <summary>The same of numbers, which are counted from <paramref name="first"/> on.</summary>
    internal static (int At, float Value)? FirstNotFinite(ReadOnlySpan<float> values, int first = 0)
    {
        // of nothing the library says false
        if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))
            return null;
        var at = 0;
        while (float.IsFinite(values[at]))
            at++;
        return (first + at, values[at]);
    }

    /// <summary>The elements in row order of a tensor of doubles.</summary>
    internal static double[] Doubles(TensorProto tensor) => tensor.RawData.IsEmpty
        ? [.. tensor.DoubleData]
        : MemoryMarshal.Cast<byte, double>(tensor.RawData.Span).ToArray();

    /// <summary>The elements in row order of any integer type or bool (0 and 1); uint64 wraps.</summary>
    internal static long[] Integers(TensorProto tensor)
    {
        if (PackedIntegers.Are(Type(tensor)))
            return PackedIntegers.Read(tensor);
        var raw = tensor.RawData.Span;
        return Type(tensor) switch
        {
            DataType.Int64 => raw.IsEmpty ? [.. tensor.Int64Data] : MemoryMarshal.Cast<byte, long>(raw).ToArray(),
            DataType.Uint64 when raw.IsEmpty => Each<ulong, long>(tensor.Uint64Data.ToArray(), v => (long)v),
            DataType.Uint64 => MemoryMarshal.Cast<byte, long>(raw).ToArray(),
            DataType.Uint32 when raw.IsEmpty => Each<ulong, long>(tensor.Uint64Data.ToArray(), v => (long)v),
            DataType.Uint32 => Each<uint, long>(MemoryMarshal.Cast<byte, uint>(raw), v => v),
            DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint16 or DataType.Uint8 or DataType.Bool
                when raw.IsEmpty => Each<int, long>(tensor.Int32Data.ToArray(), v => v),
            DataType.Int32 => Each<int, long>(MemoryMarshal.Cast<byte, int>(raw), v => v),
            DataType.Int16 => Each<short, long>(MemoryMarshal.Cast<byte, short>(raw), v => v),
            DataType.Uint16 => Each<ushort, long>(MemoryMarshal.Cast<byte, ushort>(raw), v => v),
            DataType.Int8 => Each<sbyte, long>(MemoryMarshal.Cast<byte, sbyte>(raw), v => v),
            DataType.Uint8 or DataType.Bool => Each<byte, long>(raw, v => v),
            var type => throw new ArgumentException($"Tensor '{tensor.Name}' holds {type}, not integers."),
        };
    }

    /// <summary>A float32 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<float> values) =>
        Make(name, dims, DataType.Float, MemoryMarshal.AsBytes(values));

    /// <summary>A float16 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<Half> values) =>
        Make(name, dims, DataType.Float16, MemoryMarshal.AsBytes(values));

    /// <summary>An int8 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<sbyte> values) =>
        Make(name, dims, DataType.Int8, MemoryMarshal.AsBytes(values));

    /// <summary>A uint8 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<byte> values) =>
        Make(name, dims, DataType.Uint8, values);

    /// <summary>An int16 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<short> values) =>
        Make(name, dims, DataType.Int16, MemoryMarshal.AsBytes(values));

    /// <summary>An int32 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<int> values) =>
        Make(name, dims, DataType.Int32, MemoryMarshal.AsBytes(values));

    /// <summary>An int64 tensor.</summary>
    internal static TensorProto Make(string name, IEnumerable<long> dims, ReadOnlySpan<long> values) =>
        Make(name, dims, DataType.Int64, MemoryMarshal.AsBytes(values));

    /// <summary>A tensor of any type from its bytes, little-endian and in row order.</summary>
    internal static TensorProto Make(
        string name, IEnumerable<long> dims, DataType type, ReadOnlySpan<byte> raw) => new()
        {
            Name = name,
            Dims = { dims },
            DataType = (int)type,
            RawData = ByteString.CopyFrom(raw),
        };

    /// <summary>A tensor of any type that takes over its bytes, which do not change any more.</summary>
    internal static TensorProto Holding(string name, IEnumerable<long> dims, DataType type, byte[] raw) => new()
    {
        Name = name,
        Dims = { dims },
        DataType = (int)type,
        RawData = UnsafeByteOperations.UnsafeWrap(raw),
    };

    /// <summary>Gives real numbers that stand in a field of their own the form that all other data has.</summary>
    internal static void MakeRaw(TensorProto tensor)
    {
        if (tensor.RawData.Length > 0 || tensor.FloatData.Count == 0 || Type(tensor) != DataType.Float)
            return;
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(Floats(tensor).AsSpan()));
        tensor.FloatData.Clear();
    }

    /// <summary>The bytes that the elements take; null where type or shape give no number.</summary>
    internal static long? ByteCount(TensorProto tensor) =>
        ElementBits(tensor.DataType) is var bits and > 0 && CountOrNull(tensor) is { } count
            ? (count * bits + 7) / 8
            : null;

    /// <summary>What is wrong between shape and data, as a sentence's end; null where all is well.</summary>
    internal static string? Problem(TensorProto tensor)
    {
        if (CountOrNull(tensor) is not { } count)
            return $"has the impossible shape [{string.Join(", ", tensor.Dims)}]";
        if (tensor.RawData.Length > 0)
        {
            return ByteCount(tensor) is { } bytes && bytes != tensor.RawData.Length
                ? $"declares {bytes} bytes but holds {tensor.RawData.Length}"
                : null;
        }

        var held = Type(tensor) switch
        {
            DataType.Float or DataType.Complex64 => tensor.FloatData.Count,
            DataType.Double or DataType.Complex128 => tensor.DoubleData.Count,
            DataType.Int64 => tensor.Int64Data.Count,
            DataType.Uint32 or DataType.Uint64 => tensor.Uint64Data.Count,
            DataType.String => tensor.StringData.Count,
            _ => tensor.Int32Data.Count,
        };
        var needed = Type(tensor) switch
        {
            DataType.Complex64 or DataType.Complex128 => 2 * count,
            // Several narrow elements share one number, in a way that depends on the type.
            > DataType.Bfloat16 => held,
            _ => count,
        };
        return held == needed ? null : $"declares {needed} numbers but holds {held}";
    }

    private static long? CountOrNull(TensorProto tensor)
    {
        var count = 1L;
        foreach (var dim in tensor.Dims)
        {
            if (dim < 0 || (dim > 0 && count > int.MaxValue / dim))
                return null;
            count *= dim;
        }

        return count;
    }

    /// <summary>How many bits an element takes; 0 for texts and unknown types.</summary>
    internal static int ElementBits(int type) => type switch
    {
        1 or 6 or 12 => 32,
        2 or 3 or 9 or (>= 17 and <= 20) or 24 => 8,
        4 or 5 or 10 or 16 => 16,
        7 or 11 or 13 or 14 => 64,
        15 => 128,
        21 or 22 or 23 => 4,
        25 or 26 => 2,
        _ => 0,
    };

    private static ReadOnlySpan<ushort> Halves(TensorProto tensor) => tensor.RawData.IsEmpty
        ? Each<int, ushort>(tensor.Int32Data.ToArray(), v => (ushort)v)
        : MemoryMarshal.Cast<byte, ushort>(tensor.RawData.Span);

    private static TOut[] Each<TIn, TOut>(ReadOnlySpan<TIn> values, Func<TIn, TOut> convert)
    {
        var result = new TOut[values.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = convert(values[i]);
        return result;
    }
}
