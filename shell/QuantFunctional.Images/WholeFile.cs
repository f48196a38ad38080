using System.Buffers.Binary;

namespace QuantFunctional.Images;

/// <summary>Whether a file ends where its image does: decoders fill up what is missing with grey, and say nothing.</summary>
internal static class WholeFile
{
    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G'];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8];

    private static ReadOnlySpan<byte> JpegEnd => [0xFF, 0xD9];

    /// <summary>Whether the end is missing.</summary>
    internal static bool IsCut(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngStart))
            return file.LastIndexOf("IEND"u8) < 0;
        if (file.StartsWith("RIFF"u8) && file.Length >= 8)
            return BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L > file.Length;
        if (file.StartsWith("BM"u8) && file.Length >= 6)
            return BinaryPrimitives.ReadUInt32LittleEndian(file[2..]) > file.Length;
        return file.StartsWith(JpegStart) && IsCutJpeg(file[2..]);
    }

    // a picture within the picture ends, too: so what counts stands behind the segments that come before the pixels
    private static bool IsCutJpeg(ReadOnlySpan<byte> segments)
    {
        while (segments.Length >= 4 && segments[0] == 0xFF)
        {
            var marker = segments[1];
            if (marker == 0xFF)
            {
                segments = segments[1..]; // padding
                continue;
            }

            if (marker == 0xDA)
                return segments.IndexOf(JpegEnd) < 0;
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(segments[2..]);
            if (length > segments.Length)
                return true;
            segments = segments[length..];
        }

        return true;
    }
}
