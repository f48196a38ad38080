using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace QuantFunctional.Images;

/// <summary>Reads images as pixels of one size.</summary>
/// <remarks>
/// An image is turned upright as its EXIF orientation says, transparency is dropped, and 16 bits are rounded to 8. Sizes change by
/// a triangle filter, which takes in every pixel, with gamma left alone.
/// </remarks>
internal sealed class ImageReader(int width, int height, ImageResize resize)
{
    // as many as the largest of usual cameras have; a small file may claim to unpack to more than memory
    private const long MostPixels = 100_000_000;

    private readonly Configuration _configuration = Formats();

    /// <summary>Refuses an image that cannot be read, by its first bytes.</summary>
    /// <exception cref="QuantException">The file is no such image, or too large a one.</exception>
    internal void Check(string file) => Guarded(file, stream =>
    {
        var found = Image.Identify(_configuration, stream)
            ?? throw Unreadable(file, "it is neither png, jpeg, bmp nor webp");
        if ((long)found.Width * found.Height > MostPixels)
        {
            throw Diagnostics.ImageTooLarge.Fault(FormattableString.Invariant(
                $"{file}: an image of {found.Width}x{found.Height} pixels, more than {MostPixels / 1_000_000} million: make it smaller, or take it out."),
                file: file);
        }

        return found;
    });

    /// <summary>The pixels of an image, row by row, each red, green and blue.</summary>
    /// <exception cref="QuantException">The file is damaged.</exception>
    internal void Read(string file, Span<byte> pixels)
    {
        Check(file);
        using var image = Guarded(file, _ =>
        {
            var bytes = File.ReadAllBytes(file);
            return WholeFile.IsCut(bytes)
                ? throw Unreadable(file, "its end is missing")
                : Image.Load<Rgb24>(_configuration, bytes);
        });
        image.Mutate(operation =>
        {
            operation.AutoOrient();
            if (operation.GetCurrentSize() != new Size(width, height))
                operation.Resize(Resizing());
        });
        image.CopyPixelDataTo(pixels);
    }

    private ResizeOptions Resizing() => new()
    {
        Size = new Size(width, height),
        Sampler = KnownResamplers.Triangle,
        PadColor = Color.Black,
        Mode = resize switch
        {
            ImageResize.Crop => ResizeMode.Crop,
            ImageResize.Pad => ResizeMode.Pad,
            _ => ResizeMode.Stretch,
        },
    };

    private static Configuration Formats() => new(
        new PngConfigurationModule(), new JpegConfigurationModule(), new BmpConfigurationModule(), new WebpConfigurationModule());

    // a decoder throws whatever it stumbles over in a damaged file
    private static T Guarded<T>(string file, Func<Stream, T> read)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return read(stream);
        }
        catch (Exception fault) when (fault is not (QuantException or OutOfMemoryException))
        {
            throw QuantFunctional.Formats.Faults.IsExpected(fault) && fault is not NotSupportedException
                ? QuantFunctional.Formats.Faults.Unreadable(file, fault)
                : Unreadable(file, fault.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '), fault);
        }
    }

    private static QuantException Unreadable(string file, string why, Exception? inner = null) => Diagnostics.ImageUnreadable.Fault(
        $"{file}: the image cannot be read ({why}); repair it, or take it out of the folder.",
        file: file, inner: inner);
}
