using System.IO.Compression;

namespace QuantFunctional.Formats;

/// <summary>Writes archives of arrays: the same bytes for the same arrays, whoever writes them and when.</summary>
public static class NpzWriter
{
    // The earliest time that the format knows.
    private static readonly DateTimeOffset Fixed = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes an archive; its arrays are stored as they are, since how a packer packs must not reach the bytes.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="arrays">The arrays' names, and what writes each as a .npy file.</param>
    public static void Write(Stream stream, IEnumerable<(string Name, Action<Stream> Write)> arrays)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(arrays);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, write) in arrays)
        {
            var entry = archive.CreateEntry($"{name}.npy", CompressionLevel.NoCompression);
            entry.LastWriteTime = Fixed;
            entry.ExternalAttributes = 0;
            using var content = entry.Open();
            write(content);
        }
    }
}
