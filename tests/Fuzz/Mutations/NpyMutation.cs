using System.Buffers.Binary;

namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Changes a .npy file by the fields of its header: type, order, shape, lengths.</summary>
internal static class NpyMutation
{
    private static readonly string[] Types =
    [
        "'<f4'", "'>f4'", "'<f8'", "'<f2'", "'|u1'", "'|i1'", "'|b1'", "'<i2'", "'<i4'", "'>i8'", "'<u4'", "'<u8'", "'|O'", "'<c8'",
        "'<U9'", "'|S5'", "'=f4'", "'f4'", "''", "'<f'", "'<f4294967297'", "'<M8[ns]'", "[('a', '<f4')]", "[[[[", "None", "\"<f4\"",
    ];

    private static readonly string[] Shapes =
    [
        "()", "(1,)", "(1)", "(0,)", "(0, 9)", "(2, 3)", "(6,)", "(-1,)", "(2147483647,)", "(2147483648,)", "(9223372036854775807,)",
        "(9223372036854775808,)", "(4294967296, 4294967296)", "(0, 4294967296, 4294967296)", "(1L,)", "(1, 1, 1, 1, 1, 1, 1, 1, 1, 6)",
        "(,)", "(1,,2)", "[2, 3]", "None", "(1.5,)", "(6, 1, )", "(0x6,)", "( 6 , )", "(6,", "",
    ];

    private static readonly string[] Texts =
        ["", "{", "}", "{}", "{'descr': '<f4'}", "'", "\\", "\0", "é", "{'descr': {'descr': 1}}", ", ", "'shape': (6,), ", "\n\n"];

    internal static byte[] Apply(byte[] bytes, Numbers numbers)
    {
        if (bytes.Length < 12)
            return ByteMutation.Apply(bytes, numbers);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        if (10 + length > bytes.Length)
            return ByteMutation.Apply(bytes, numbers);
        var header = System.Text.Encoding.Latin1.GetString(bytes, 10, length);
        var data = bytes[(10 + length)..];
        switch (numbers.Below(9))
        {
            case 0: header = Field(header, "descr", numbers.Of(Types)); break;
            case 1: header = Field(header, "shape", numbers.Of(Shapes)); break;
            case 2: header = Field(header, "fortran_order", numbers.OneIn(2) ? "True" : numbers.Of(Texts)); break;
            case 3: header = header.Insert(numbers.Below(header.Length + 1), numbers.Of(Texts)); break;
            case 4: data = data[..numbers.Below(data.Length + 1)]; break;
            case 5: data = [.. data, .. numbers.Bytes(1 + numbers.Below(64))]; break;
            case 6: return [.. bytes[..6], (byte)numbers.Below(5), .. bytes[7..]];
            case 7: return Splice.Overwrite(bytes, 8, ByteMutation.Turned(numbers, 2));
            default: header = header.PadRight(numbers.OneIn(4) ? 65_000 : header.Length + numbers.Below(100)); break;
        }

        var text = System.Text.Encoding.Latin1.GetBytes(header);
        return [.. bytes[..8], (byte)text.Length, (byte)(text.Length >> 8), .. text, .. data];
    }

    private static string Field(string header, string name, string value)
    {
        var start = header.IndexOf($"'{name}':", StringComparison.Ordinal);
        if (start < 0)
            return header + value;
        start += name.Length + 3;
        var end = name == "shape" ? header.IndexOf(')', start) + 1 : header.IndexOf(',', start);
        return end <= start ? header[..start] + value : header[..start] + " " + value + header[end..];
    }
}
