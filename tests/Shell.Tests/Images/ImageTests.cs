using QuantFunctional.Images;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Samples;
using Shell.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using Xunit;
using DataType = QuantFunctional.Onnx.Format.TensorProto.Types.DataType;

namespace Shell.Tests.Images;

/// <summary>What a model is fed with of an image.</summary>
public sealed class ImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("png")]
    [InlineData("bmp")]
    public void Pixels_come_as_they_are_in_either_layout_and_order(string kind)
    {
        var pixels = Pictures.Folder(_folder.Path, 3, 5, 4, kind);
        var floats = Array.ConvertAll(pixels, pixel => (float)pixel);

        Assert.Equal(floats, Read(new ImageOptions(), -1, 4, 5, 3));
        Assert.Equal(Pictures.ChannelsFirst(floats, 3), Read(new ImageOptions(), 1, 3, 4, 5));
        var blueFirst = floats.Chunk(3).SelectMany(pixel => pixel.Reverse()).ToArray();
        Assert.Equal(blueFirst, Read(new ImageOptions { Order = ImageOrder.Bgr }, 1, 4, 5, 3));
        Assert.Equal(Pictures.ChannelsFirst(blueFirst, 3), Read(new ImageOptions { Order = ImageOrder.Bgr, Layout = ImageLayout.Nchw }, 1, 3, 4, 5));
        Assert.Equal(floats, Read(new ImageOptions { Width = 5, Height = 4 }, -1, -1, -1, 3));
    }

    [Theory]
    [InlineData(ImageOrder.Rgb)]
    [InlineData(ImageOrder.Bgr)]
    public void Scale_mean_and_std_are_those_of_red_green_and_blue(ImageOrder order)
    {
        var pixels = Pictures.Folder(_folder.Path, 2, 4, 4);
        double[] mean = [0.485, 0.456, 0.406];
        double[] std = [0.229, 0.224, 0.225];
        var expected = pixels.Select((pixel, i) => (float)(((pixel / 255.0) - mean[i % 3]) / std[i % 3]));
        if (order == ImageOrder.Bgr)
            expected = expected.Chunk(3).SelectMany(pixel => pixel.Reverse());

        var read = Read(ImageOptions.ImageNet with { Order = order }, 1, 4, 4, 3);

        Assert.All(expected.Zip(read), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(pixels.Zip(Read(ImageOptions.TensorFlow, 1, 4, 4, 3)), pair => Assert.Equal((pair.First / 127.5) - 1, pair.Second, 1e-6));
        Assert.Equal(pixels.Select(pixel => pixel / 255f), Read(new ImageOptions { Scale = 1.0 / 255 }, 1, 4, 4, 3));
    }

    [Fact]
    public void An_input_of_bytes_gets_the_bytes()
    {
        var pixels = Pictures.Folder(_folder.Path, 2, 4, 4);
        var model = new ModelBuilder().Input("x", DataType.Uint8, 1, 4, 4, 3).Node("Cast", ["x"], "y", "to=1").Output("y", 1, 4, 4, 3).Build();
        using var source = SampleSource.Open(Arrays(new ImageOptions()), model);
        source.MoveNext();
        source.MoveNext();
        Assert.Equal(pixels[48..], source.Inputs[0].Tensor.GetTensorDataAsSpan<byte>().ToArray());
        Npy.AssertBadInput(() => SampleSource.Open(Arrays(ImageOptions.ImageNet), model), "whole numbers", "--image-scale");
    }

    [Fact]
    public void Colours_become_brightness_and_grey_becomes_colours()
    {
        Pictures.Write(_folder.File("a.png"), [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], 2);
        Assert.Equal([76, 150, 29, 255], Read(new ImageOptions(), 1, 1, 2, 2));
        using (var grey = Image.LoadPixelData<L8>([10, 20, 30, 255], 2, 2))
            grey.Save(_folder.File("a.png"));
        Assert.Equal([10, 20, 30, 255], Read(new ImageOptions(), 1, 1, 2, 2));
        Assert.Equal([10, 10, 10, 20, 20, 20, 30, 30, 30, 255, 255, 255], Read(new ImageOptions(), 1, 2, 2, 3));
    }

    [Fact]
    public void Transparency_is_dropped_and_16_bits_are_rounded_to_8()
    {
        using (var clear = Image.LoadPixelData<Rgba32>([10, 20, 30, 0, 40, 50, 60, 128], 2, 1))
            clear.Save(_folder.File("a.png"));
        Assert.Equal([10, 20, 30, 40, 50, 60], Read(new ImageOptions { Layout = ImageLayout.Nhwc }, 1, 1, 2, 3));
        using (var deep = new Image<Rgb48>(2, 1, new Rgb48(65535, 257 * 100, 257 * 7)))
            deep.Save(_folder.File("a.png"), new SixLabors.ImageSharp.Formats.Png.PngEncoder { BitDepth = SixLabors.ImageSharp.Formats.Png.PngBitDepth.Bit16 });
        Assert.Equal([255, 100, 7, 255, 100, 7], Read(new ImageOptions { Layout = ImageLayout.Nhwc }, 1, 1, 2, 3));
    }

    [Fact]
    public void An_image_is_turned_upright()
    {
        using (var image = Image.LoadPixelData<Rgb24>([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6], 3, 2))
        {
            image.Metadata.ExifProfile = new ExifProfile();
            image.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)6); // turned by a quarter to the right
            image.Save(_folder.File("a.png"));
        }

        Assert.Equal([4, 1, 5, 2, 6, 3], Read(new ImageOptions { Layout = ImageLayout.Nchw }, 1, 1, 3, 2));
    }

    [Fact]
    public void Sizes_change_by_stretching_cutting_or_padding()
    {
        // left half black, right half white, 8 x 4
        var pixels = Enumerable.Range(0, 32).SelectMany(place => Enumerable.Repeat((byte)(place % 8 < 4 ? 0 : 255), 3)).ToArray();
        Pictures.Write(_folder.File("a.png"), pixels, 8);

        Assert.Equal([0, 32, 223, 255], Row(Read(new ImageOptions(), 1, 1, 4, 4), 1));
        var cut = Read(new ImageOptions { Resize = ImageResize.Crop }, 1, 1, 4, 4);
        Assert.Equal([0, 0, 255, 255], Row(cut, 0));
        var padded = Read(new ImageOptions { Resize = ImageResize.Pad }, 1, 1, 4, 4);
        Assert.Equal([0, 0, 0, 0], Row(padded, 0));
        Assert.Equal([0, 0, 0, 0], Row(padded, 3));
        Assert.InRange(padded[7], 250, 255);
    }

    [Theory]
    [InlineData("jpg")]
    [InlineData("webp")]
    public void Kinds_that_lose_something_come_near(string kind)
    {
        var pixels = Enumerable.Range(0, 16 * 16).SelectMany(place => new[] { (byte)place, (byte)(place % 16 * 16), (byte)128 }).ToArray();
        Pictures.Write(_folder.File($"a.{kind}"), pixels, 16);

        var read = Read(new ImageOptions(), 1, 16, 16, 3);

        Assert.InRange(pixels.Zip(read).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 12);
    }

    [Fact]
    public void Subfolders_in_ordinal_order_are_classes()
    {
        foreach (var (name, i) in new[] { "zebra", "Ant", "bee", ".hidden" }.Select((name, i) => (name, i)))
        {
            Directory.CreateDirectory(_folder.File(name, "deeper"));
            Pictures.Write(_folder.File(name, "deeper", "b.png"), Pictures.Pixels(i, 2, 2), 2);
            Pictures.Write(_folder.File(name, "a.png"), Pictures.Pixels(i, 2, 2), 2);
        }

        var model = new ModelBuilder().Input("x", 1, 2, 2, 3).Node("Neg", ["x"], "y").Output("y", 1, 2, 2, 3).Build();
        var file = Arrays(new ImageOptions()).Open(model);

        using var labels = file.OpenArray("labels");
        var read = new List<long>();
        Span<long> label = stackalloc long[1];
        while (labels.TryRead(label))
            read.Add(label[0]);
        Assert.Equal([0, 0, 1, 1, 2, 2], read);
    }

    [Fact]
    public void Samples_that_are_passed_over_are_not_decoded()
    {
        Pictures.Folder(_folder.Path, 6, 4, 4);
        var model = Model(1, 4, 4, 3);
        using var source = SampleSource.Open(Arrays(new ImageOptions()), model, skipped: new HashSet<long> { 2 });
        File.WriteAllBytes(_folder.File("p002.png"), [1, 2, 3]); // after the check that opens with
        while (source.MoveNext())
            continue;
        Assert.Equal(5, source.Taken);
    }

    private static float[] Row(float[] image, int row) => image[(row * 4)..((row * 4) + 4)];

    private static OnnxModel Model(params long[] dims) =>
        new ModelBuilder().Input("x", dims).Node("Neg", ["x"], "y").Output("y", dims).Build();

    private SampleArrays Arrays(ImageOptions options) => SampleArrays.Of(ImageSamples.FromFolder(_folder.Path, options));

    private float[] Read(ImageOptions options, params long[] dims)
    {
        using var source = SampleSource.Open(Arrays(options), Model(dims));
        var read = new List<float>();
        while (source.MoveNext())
            read.AddRange(source.Inputs[0].Tensor.GetTensorDataAsSpan<float>());
        return [.. read];
    }
}
