using System.Buffers.Binary;
using QuantFunctional;
using QuantFunctional.Images;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using Xunit;
using static Shell.Tests.Codes.Provoke;

namespace Shell.Tests.Images;

/// <summary>Images, folders and options that are wrong are named.</summary>
public sealed class ImageFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("bmp")]
    [InlineData("webp")]
    public void A_file_that_is_cut_or_no_image_is_named(string kind)
    {
        Pictures.Folder(_folder.Path, 2, 64, 64, kind);
        var file = _folder.File($"p001.{kind}");
        var bytes = File.ReadAllBytes(file);
        foreach (var kept in new[] { bytes.Length * 9 / 10, bytes.Length / 2, 40, 5, 0 })
        {
            File.WriteAllBytes(file, bytes[..kept]);
            var fault = Refused(Diagnostics.ImageUnreadable, () => Read(new ImageOptions()));
            Assert.Equal(file, fault.File);
            Assert.Contains("take it out", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bytes_that_changed_give_pixels_or_the_file_s_name()
    {
        foreach (var kind in new[] { "png", "jpg", "bmp", "webp" })
        {
            var file = _folder.File($"a.{kind}");
            Pictures.Write(file, Pictures.Pixels(1, 64, 64), 64);
            var bytes = File.ReadAllBytes(file);
            var random = new Random(7);
            for (var i = 0; i < 60; i++)
            {
                var changed = bytes.ToArray();
                for (var k = 0; k < 3; k++)
                    changed[random.Next(Math.Min(changed.Length, i < 30 ? 60 : int.MaxValue))] = (byte)random.Next(256);
                File.WriteAllBytes(file, changed);
                try
                {
                    Read(new ImageOptions());
                }
                catch (QuantException fault)
                {
                    Assert.Equal(file, fault.File);
                }
            }

            File.Delete(file);
        }
    }

    [Fact]
    public void Several_are_told_at_once_and_a_huge_one_before_it_takes_memory()
    {
        Pictures.Folder(_folder.Path, 4, 64, 64);
        File.WriteAllBytes(_folder.File("p001.png"), "no image"u8.ToArray());
        File.WriteAllBytes(_folder.File("p003.png"), "no image"u8.ToArray());
        Assert.Contains("1 more of 4", Refused(Diagnostics.ImageUnreadable, () => Read(new ImageOptions())).Message, StringComparison.Ordinal);

        var header = File.ReadAllBytes(_folder.File("p000.png"));
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(20), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(29), Crc(header.AsSpan(12, 17)));
        File.Delete(_folder.File("p001.png"));
        File.WriteAllBytes(_folder.File("p003.png"), header);
        Assert.Contains("60000x60000", Refused(Diagnostics.ImageTooLarge, () => Read(new ImageOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_are_not_clear()
    {
        Refused(Diagnostics.NoSamples, () => Read(new ImageOptions()));
        Refused(Diagnostics.FileMissing, () => Read(new ImageOptions(), _folder.File("nowhere")));
        Pictures.Write(_folder.File("a.png"), Pictures.Pixels(1, 64, 64), 64);
        Directory.CreateDirectory(_folder.File("sub"));
        Pictures.Write(_folder.File("sub", "a.png"), Pictures.Pixels(1, 64, 64), 64);
        Refused(Diagnostics.ImageFolderUnclear, () => Read(new ImageOptions()));
        File.WriteAllBytes(_folder.File("photo.heic"), [1]);
        Assert.Contains("photo.heic", Refused(Diagnostics.ImageUnreadable, () => Read(new ImageOptions())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_that_are_no_images_or_not_of_that_size()
    {
        Pictures.Write(_folder.File("a.png"), Pictures.Pixels(1, 64, 64), 64);
        string Unclear(ImageOptions options, params long[] dims) =>
            Refused(Diagnostics.ImageInputUnclear, () => Read(options, null, dims)).Message;

        Assert.Contains("--image-size", Unclear(new ImageOptions(), 1, 3, -1, 64), StringComparison.Ordinal);
        Assert.Contains("--image-layout", Unclear(new ImageOptions(), 1, 3, 64, 3), StringComparison.Ordinal);
        Assert.Contains("write an .npz", Unclear(new ImageOptions(), 1, 8, 64, 64), StringComparison.Ordinal);
        Assert.Contains("8 channels", Unclear(new ImageOptions { Layout = ImageLayout.Nchw }, 1, 8, 64, 64), StringComparison.Ordinal);
        Assert.Contains("not 32", Unclear(new ImageOptions { Width = 32, Height = 64 }, 1, 3, 64, 64), StringComparison.Ordinal);
        Assert.Contains("no batch of images", Unclear(new ImageOptions(), 1, 64), StringComparison.Ordinal);
        Assert.Contains("2 (`a`, `b`)", Refused(Diagnostics.ImageInputUnclear, () => SampleSource.Open(
            SampleArrays.Of(ImageSamples.FromFolder(_folder.Path)),
            new ModelBuilder().Input("a", 1, 3, 4, 4).Input("b", 1).Node("Add", ["a", "b"], "y").Output("y").Build())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_say_nothing_or_too_much()
    {
        Pictures.Write(_folder.File("a.png"), Pictures.Pixels(1, 64, 64), 64);
        string Wrong(ImageOptions options) => Refused(Diagnostics.OptionValueWrong, () => Read(options)).Message;

        Assert.Contains("--image-scale 1/255", Wrong(new ImageOptions { Mean = [0.5], Std = [0.5] }), StringComparison.Ordinal);
        Assert.Contains("--image-std", Wrong(new ImageOptions { Std = [0.5] }), StringComparison.Ordinal);
        Assert.Contains("3 channels", Wrong(new ImageOptions { Mean = [100, 100] }), StringComparison.Ordinal);
        Assert.Contains("0 leaves nothing", Wrong(new ImageOptions { Scale = 1, Std = [1, 0, 1] }), StringComparison.Ordinal);
        Assert.Contains("finite", Wrong(new ImageOptions { Scale = double.NaN }), StringComparison.Ordinal);
        Assert.Contains("--image-size", Wrong(new ImageOptions { Width = 0, Height = 64 }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pixels_of_which_nothing_is_said_are_warned_of()
    {
        Pictures.Folder(_folder.File("photos"), 18, 8, 8);
        var model = _folder.Write("m.onnx", new ModelBuilder().Input("x", 1, 3, 8, 8).Conv("x", "y", 3, 4).Output("y", 1, 4, 8, 8).Build().ToBytes());
        Task<QuantizationReport> Quantize(ImageOptions? options) => OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = model,
            Calibration = ImageSamples.FromFolder(_folder.File("photos"), options),
            Overwrite = true,
        });

        Warned(Diagnostics.PixelsNotScaled, (await Quantize(null)).Warnings);
        Assert.DoesNotContain((await Quantize(ImageOptions.Raw)).Warnings, warning => warning.Code == Diagnostics.PixelsNotScaled.Code);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    private void Read(ImageOptions options, string? folder = null, params long[] dims)
    {
        long[] shape = dims.Length == 0 ? [1, 3, 64, 64] : dims;
        var model = new ModelBuilder().Input("x", shape).Node("Neg", ["x"], "y").Output("y", shape).Build();
        using var source = SampleSource.Open(SampleArrays.Of(ImageSamples.FromFolder(folder ?? _folder.Path, options)), model);
        while (source.MoveNext())
            continue;
    }
}
