using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace QuantFunctional.Formats;

/// <summary>The start of a .npy file, checked against the bytes that follow it.</summary>
internal sealed record NpyHeader(ArrayInfo Info, bool BigEndian, long DataBytes)
{
    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private const int MaxHeader = 65535;

    /// <summary>Reads the header and leaves the stream at the first element.</summary>
    /// <param name="stream">The whole .npy file.</param>
    /// <param name="length">Bytes that the stream is said to hold, header included.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="name">The array, for messages.</param>
    public static NpyHeader Read(Stream stream, long length, string file, string name)
    {
        var where = ArrayInfo.Where(file, name);
        Span<byte> start = stackalloc byte[12];
        var prefix = start[..8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8 || !prefix[..6].SequenceEqual(Magic))
            throw Diagnostics.NotNpy.Fault($"{where} is not in NumPy's .npy format: it does not begin with its mark.", file: file);
        var major = prefix[6];
        if (major is < 1 or > 3)
            throw Diagnostics.NpyVersion.Fault($"{where} has .npy version {major}; versions 1, 2 and 3 are read.", file: file);

        var lengthBytes = start.Slice(8, major == 1 ? 2 : 4);
        if (stream.ReadAtLeast(lengthBytes, lengthBytes.Length, throwOnEndOfStream: false) < lengthBytes.Length)
            throw Diagnostics.NpyTruncated.Fault($"{where} ends within its header; the file is truncated.", file: file);
        var declared = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes)
            : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        var headerBytes = 8 + lengthBytes.Length + (long)declared;
        if (declared > MaxHeader || headerBytes > length)
        {
            throw Diagnostics.NpyTruncated.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{where} declares a header of {declared} bytes in {length}; the file is truncated or damaged."),
                file: file);
        }

        var text = new byte[declared];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
            throw Diagnostics.NpyTruncated.Fault($"{where} ends within its header; the file is truncated.", file: file);
        var encoding = major == 3 ? System.Text.Encoding.UTF8 : System.Text.Encoding.Latin1;
        var fields = Fields(encoding.GetString(text), where, file);
        var (type, bigEndian) = Type(fields.Descr, where, file);
        var dataBytes = DataLength(fields.Shape, type, length - headerBytes, where, file);
        if (fields.FortranOrder && fields.Shape.Count > 1)
        {
            throw Diagnostics.FortranOrder.Fault(
                $"{where} is stored in Fortran order; save it again with numpy.ascontiguousarray(array).",
                file: file);
        }

        return new NpyHeader(new ArrayInfo(file, name, type, fields.Shape), bigEndian, dataBytes);
    }

    private static NpyDictionary Fields(string text, string where, string file)
    {
        try
        {
            return NpyDictionary.Parse(text);
        }
        catch (FormatException fault)
        {
            throw Diagnostics.NpyHeaderDamaged.Fault($"{where} has a damaged .npy header: {fault.Message}.", file: file, inner: fault);
        }
    }

    private static (ElementType Type, bool BigEndian) Type(string descr, string where, string file)
    {
        var order = descr.Length > 0 ? descr[0] : ' ';
        var known = order is '<' or '>' or '|' ? ElementTypes.FromCode(descr.AsSpan(1)) : null;
        if (known is not { } type || (order == '|' && type.Size() > 1))
        {
            var shown = descr.Length > 60 ? descr[..60] + "…" : descr;
            throw Diagnostics.ElementTypeNotRead.Fault(
                $"{where} has element type `{shown}`; bool, integers and floats of 16 to 64 bits are read: "
                + "convert it with numpy's astype.",
                file: file);
        }

        return (type, order == '>');
    }

    private static long DataLength(
        IReadOnlyList<long> shape, ElementType type, long held, string where, string file)
    {
        var shown = Shapes.Text(shape);
        long bytes = type.Size();
        try
        {
            // zeros last, so that (0, huge, huge) is refused like (huge, huge, 0)
            foreach (var axis in shape.Where(axis => axis != 0))
                bytes = checked(bytes * axis);
        }
        catch (OverflowException fault)
        {
            throw Diagnostics.NpyHeaderDamaged.Fault($"{where} declares shape {shown}, which no file can hold.", file: file, inner: fault);
        }

        if (shape.Contains(0))
            bytes = 0;
        if (bytes != held)
        {
            throw Diagnostics.NpyTruncated.Fault(string.Create(CultureInfo.InvariantCulture,
                $"{where} declares shape {shown} of {type.Name()}, {bytes} bytes, but the file holds {held}; "
                + $"it is {(bytes > held ? "truncated" : "followed by something else")} or damaged."),
                file: file);
        }

        return bytes;
    }
}
