using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace QuantFunctional.Formats;

/// <summary>Writes arrays in NumPy's .npy format, version 1: little-endian, C order.</summary>
public static class NpyWriter
{
    private const int Alignment = 64; // as NumPy pads, so that data can be mapped

    /// <summary>Writes one array.</summary>
    /// <typeparam name="T">bool, or a number of one of the <see cref="ElementType"/>s.</typeparam>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="elements">All elements, in C order.</param>
    /// <param name="shape">The axes' lengths; their product is the number of elements.</param>
    /// <exception cref="ArgumentException">
    /// The shape does not fit the elements, or the type is not one of those.
    /// </exception>
    public static void Write<T>(Stream stream, ReadOnlySpan<T> elements, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        var type = ElementTypes.FromClr(typeof(T))
                   ?? throw new ArgumentException($"{typeof(T).Name} is not an element type.", nameof(elements));
        Shapes.RequireFilled(elements.Length, shape, nameof(shape));
        Begin(stream, type, shape);
        Append(stream, elements);
    }

    /// <summary>Writes what stands before the elements, which are appended then.</summary>
    internal static void Begin(Stream stream, ElementType type, ReadOnlySpan<long> shape) => stream.Write(Header(type, shape));

    /// <summary>Writes some of the elements.</summary>
    internal static void Append<T>(Stream stream, ReadOnlySpan<T> elements)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(elements);
        if (BitConverter.IsLittleEndian || Unsafe.SizeOf<T>() == 1)
            stream.Write(bytes);
        else
            WriteReversed(stream, bytes, Unsafe.SizeOf<T>());
    }

    private static byte[] Header(ElementType type, ReadOnlySpan<long> shape)
    {
        var order = type.Size() == 1 ? '|' : '<';
        var axes = Shapes.Text(shape.ToArray())[1..^1] + (shape.Length == 1 ? "," : "");
        var text = $"{{'descr': '{order}{type.Code()}', 'fortran_order': False, 'shape': ({axes}), }}";
        var start = NpyHeader.Magic.Length + 4;
        var total = (start + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var header = new byte[total];
        NpyHeader.Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - start)));
        System.Text.Encoding.ASCII.GetBytes(text.PadRight(total - start - 1) + "\n", header.AsSpan(start));
        return header;
    }

    private static void WriteReversed(Stream stream, ReadOnlySpan<byte> bytes, int size)
    {
        Span<byte> element = stackalloc byte[size];
        for (var at = 0; at < bytes.Length; at += size)
        {
            bytes.Slice(at, size).CopyTo(element);
            element.Reverse();
            stream.Write(element);
        }
    }
}
