using System.Globalization;
using System.IO.Compression;

namespace QuantFunctional.Formats;

/// <summary>One array of a .npz archive, opened on a file handle of its own.</summary>
internal static class NpzEntry
{
    // No deflate stream says more with a byte than this: a longer claim is false before anything is unpacked
    private const long MaxDeflateRatio = 1032;

    public static SampleReader Open(string path, int index, string name)
    {
        var archive = ZipFile.OpenRead(path);
        try
        {
            var entry = archive.Entries[index];
            var where = ArrayInfo.Where(path, name);
            if (entry.IsEncrypted)
                throw Diagnostics.ArchiveEncrypted.Fault($"{where} is encrypted; write the archive without a password.", file: path);
            var held = new FileInfo(path).Length;
            if (entry.CompressedLength > held || entry.Length / MaxDeflateRatio > entry.CompressedLength)
            {
                throw Diagnostics.NpyTruncated.Fault(string.Create(CultureInfo.InvariantCulture,
                    $"{where} declares {entry.Length} bytes, packed {entry.CompressedLength}, in a file of {held}; "
                    + $"it is truncated or damaged."),
                    file: path);
            }

            return SampleReader.Start(entry.Open(), entry.Length, path, name, archive, entry.CompressedLength);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }
}
