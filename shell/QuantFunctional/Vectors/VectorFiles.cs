using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using QuantFunctional.Formats;

namespace QuantFunctional.Vectors;

/// <summary>Writes arrays of test vectors in one of the formats, and keeps what the manifest says of them.</summary>
internal sealed class VectorFiles(string folder, VectorFormat format)
{
    private readonly List<VectorFileEntry> _entries = [];

    internal IReadOnlyList<VectorFileEntry> Entries => _entries;

    /// <summary>Writes one array.</summary>
    /// <param name="role">What it is.</param>
    /// <param name="values">Its numbers, in C order.</param>
    /// <param name="bits">The bits that hold each of them.</param>
    /// <param name="shape">The axes' lengths.</param>
    /// <param name="nameOf">What the entries of the first axis are called in comments.</param>
    internal void Add(string role, IReadOnlyList<long> values, int bits, IReadOnlyList<int> shape, Func<int, string> nameOf)
    {
        var isHex = format == VectorFormat.Hex;
        var file = role + (isHex ? ".hex" : ".npy");
        using var bytes = new MemoryStream();
        var width = isHex ? WriteHex(bytes, values, bits, shape[0], nameOf) : WriteArray(bytes, values, bits, shape);
        File.WriteAllBytes(Path.Combine(folder, file), bytes.ToArray());
        bytes.Position = 0;
        _entries.Add(new VectorFileEntry(role, file, width, shape, Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }

    private static int WriteHex(
        Stream stream, IReadOnlyList<long> values, int bits, int first, Func<int, string> nameOf)
    {
        var digits = (bits + 3) / 4;
        var mask = digits == 16 ? ulong.MaxValue : (1UL << (4 * digits)) - 1;
        var format = "x" + digits.ToString(CultureInfo.InvariantCulture);
        var row = values.Count / first;
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        for (var i = 0; i < values.Count; i++)
        {
            if (i % row == 0)
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"// {i / row}: {nameOf(i / row)}"));
            writer.WriteLine((unchecked((ulong)values[i]) & mask).ToString(format, CultureInfo.InvariantCulture));
        }

        return 4 * digits;
    }

    private static int WriteArray(Stream stream, IReadOnlyList<long> values, int bits, IReadOnlyList<int> shape)
    {
        long[] axes = [.. shape.Select(axis => (long)axis)];
        switch (bits)
        {
            case <= 8:
                NpyWriter.Write<sbyte>(stream, [.. values.Select(value => checked((sbyte)value))], axes);
                return 8;
            case <= 16:
                NpyWriter.Write<short>(stream, [.. values.Select(value => checked((short)value))], axes);
                return 16;
            case <= 32:
                NpyWriter.Write<int>(stream, [.. values.Select(value => checked((int)value))], axes);
                return 32;
            default:
                NpyWriter.Write<long>(stream, [.. values], axes);
                return 64;
        }
    }
}
