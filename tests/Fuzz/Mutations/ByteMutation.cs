using System.Buffers.Binary;

namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Changes bytes whatever they mean: what damage and truncation do.</summary>
internal static class ByteMutation
{
    /// <summary>Numbers at which lengths, counts and types turn over.</summary>
    internal static readonly long[] Turning =
    [
        0, 1, -1, 2, 7, 8, 16, 64, 127, 128, -128, 255, 256, 1023, 32767, 32768, 65535, 65536, int.MaxValue, int.MinValue,
        uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue, 1_000_000, 500_000_000,
    ];

    internal static byte[] Apply(byte[] bytes, Numbers numbers)
    {
        if (bytes.Length == 0)
            return numbers.Bytes(numbers.Below(20));
        var at = numbers.Below(bytes.Length);
        var length = 1 + numbers.Below(Math.Min(bytes.Length - at, numbers.OneIn(4) ? 4000 : 8));
        return numbers.Below(9) switch
        {
            0 => Splice.Overwrite(bytes, at, [(byte)(bytes[at] ^ (1 << numbers.Below(8)))]),
            1 => Splice.Overwrite(bytes, at, numbers.Bytes(length)),
            2 => Splice.Remove(bytes, at, length),
            3 => Splice.Insert(bytes, at, bytes.AsSpan(at, length)),
            4 => Splice.Insert(bytes, at, numbers.Bytes(length)),
            5 => bytes[..at],
            6 => Splice.Overwrite(bytes, at, bytes.AsSpan(numbers.Below(bytes.Length - length + 1), length)),
            7 => Splice.Overwrite(bytes, at, Turned(numbers, 4)),
            _ => Splice.Overwrite(bytes, at, Turned(numbers, numbers.OneIn(2) ? 2 : 8)),
        };
    }

    /// <summary>A number at which something turns over, in so many bytes.</summary>
    internal static byte[] Turned(Numbers numbers, int size)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, numbers.Of(Turning));
        return bytes[..size];
    }
}
