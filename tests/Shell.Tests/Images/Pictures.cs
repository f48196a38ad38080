using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Shell.Tests.Images;

/// <summary>Makes images of pixels that look random.</summary>
internal static class Pictures
{
    /// <summary>Red, green and blue of each pixel, row by row.</summary>
    internal static byte[] Pixels(int seed, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    /// <summary>Writes one; its kind is that of the file's name.</summary>
    internal static void Write(string file, byte[] pixels, int width)
    {
        using var image = Image.LoadPixelData<Rgb24>(pixels, width, pixels.Length / 3 / width);
        image.Save(file);
    }

    /// <summary>Writes some and gives all of their pixels.</summary>
    internal static byte[] Folder(string folder, int count, int width, int height, string kind = "png")
    {
        Directory.CreateDirectory(folder);
        var all = new List<byte>();
        for (var i = 0; i < count; i++)
        {
            var pixels = Pixels(i, width, height);
            Write(Path.Combine(folder, FormattableString.Invariant($"p{i:D3}.{kind}")), pixels, width);
            all.AddRange(pixels);
        }

        return [.. all];
    }

    /// <summary>Pixels with the channels in front.</summary>
    internal static T[] ChannelsFirst<T>(T[] pixels, int count)
    {
        var places = pixels.Length / count / 3;
        return [.. Enumerable.Range(0, pixels.Length).Select(i =>
        {
            var (image, channel, place) = (i / places / 3, i / places % 3, i % places);
            return pixels[(((image * places) + place) * 3) + channel];
        })];
    }
}
