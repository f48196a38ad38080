namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Bytes with a part taken out and others put in.</summary>
internal static class Splice
{
    internal static byte[] Replace(byte[] bytes, int start, int length, ReadOnlySpan<byte> by) =>
        [.. bytes.AsSpan(0, start), .. by, .. bytes.AsSpan(start + length)];

    internal static byte[] Insert(byte[] bytes, int at, ReadOnlySpan<byte> more) => Replace(bytes, at, 0, more);

    internal static byte[] Remove(byte[] bytes, int start, int length) => Replace(bytes, start, length, []);

    internal static byte[] Overwrite(byte[] bytes, int at, ReadOnlySpan<byte> by)
    {
        var length = Math.Min(by.Length, bytes.Length - at);
        return Replace(bytes, at, length, by[..length]);
    }
}
