using System.IO.Compression;

namespace QuantFunctional.Fuzz.Mutations;

/// <summary>Changes an archive by its entries and by the fields that say where and how long they are.</summary>
internal static class ZipMutation
{
    private const int LongName = 40_000;
    private const int Most = 1 << 20;

    private static readonly string[] Names =
        ["", "x", ".npy", "../x.npy", "/x.npy", "x.NPY", "labels.npy", "a/b.npy", "\0.npy", "é.npy", "weights0.npy", new string('x', LongName)];

    internal static byte[] Apply(byte[] bytes, Numbers numbers)
    {
        try
        {
            return numbers.Below(3) == 0 ? Fields(bytes, numbers) : Entries(bytes, numbers);
        }
        catch (InvalidDataException)
        {
            return ByteMutation.Apply(bytes, numbers);
        }
    }

    private static byte[] Entries(byte[] bytes, Numbers numbers)
    {
        List<(string Name, byte[] Content)> entries = [];
        using (var archive = new ZipArchive(new MemoryStream(bytes)))
        {
            foreach (var entry in archive.Entries)
            {
                if (entry.Length > 4 * Most)
                    return Fields(bytes, numbers);
                using var stream = entry.Open();
                using var content = new MemoryStream();
                stream.CopyTo(content);
                entries.Add((entry.FullName, content.ToArray()));
            }
        }

        if (entries.Count == 0)
            return ByteMutation.Apply(bytes, numbers);
        var at = numbers.Below(entries.Count);
        switch (numbers.Below(8))
        {
            case 0: entries.RemoveAt(at); break;
            case 1: entries.Add(entries[at]); break;
            case 2: entries[at] = (numbers.Of(Names), entries[at].Content); break;
            case 3: entries.AddRange(Copies(entries[at].Content, numbers)); break;
            case 4: entries[at] = (entries[at].Name, Bomb(numbers)); break;
            default: entries[at] = (entries[at].Name, NpyMutation.Apply(entries[at].Content, numbers)); break;
        }

        return Write(entries, numbers.OneIn(2) ? CompressionLevel.Fastest : CompressionLevel.NoCompression);
    }

    private static IEnumerable<(string Name, byte[] Content)> Copies(byte[] content, Numbers numbers) =>
        Enumerable.Range(0, numbers.Below(1 + Math.Min(500, Most / (1 + content.Length)))).Select(i => ($"{i}.npy", content));

    /// <summary>Zeros that take a thousandth of their length, with a header that says the truth.</summary>
    private static byte[] Bomb(Numbers numbers)
    {
        var megabytes = 1 + numbers.Below(3);
        var header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': (1, {megabytes << 20}), }}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[megabytes << 20]];
    }

    internal static byte[] Write(IEnumerable<(string Name, byte[] Content)> entries, CompressionLevel level)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                var entry = archive.CreateEntry(name.Length == 0 ? "?" : name, level);
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var writer = entry.Open();
                writer.Write(content);
            }
        }

        return stream.ToArray();
    }

    // method, sizes, names' lengths, offsets: whatever stands behind a signature
    private static byte[] Fields(byte[] bytes, Numbers numbers)
    {
        var signatures = Enumerable.Range(0, Math.Max(0, bytes.Length - 4))
            .Where(i => bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] < 8)
            .ToList();
        if (signatures.Count == 0)
            return ByteMutation.Apply(bytes, numbers);
        var at = Math.Min(bytes.Length - 1, numbers.Of(signatures) + 4 + (2 * numbers.Below(21)));
        return Splice.Overwrite(bytes, at, ByteMutation.Turned(numbers, numbers.OneIn(2) ? 2 : 4));
    }
}
