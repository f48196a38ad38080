using System.Text.Json;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Images;

/// <summary>Folders of images on the command line.</summary>
public sealed class ImageCommandTests : IDisposable
{
    private const int Count = 64;
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly byte[] _pixels;

    public ImageCommandTests()
    {
        _model = _folder.Write("model.onnx", new ModelBuilder().Input("x", -1, 3, 8, 8).Conv("x", "c", 3, 8).Node("Relu", ["c"], "r")
            .Conv("r", "d", 8, 4).Node("GlobalAveragePool", ["d"], "p").Node("Flatten", ["p"], "y").Output("y", -1, 4).Build().ToBytes());
        _pixels = Pictures.ChannelsFirst(Pictures.Folder(_folder.File("photos"), Count, 8, 8), Count);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_of_images_gives_the_same_plan_as_an_array_of_the_same_pixels_byte_for_byte()
    {
        _folder.Write("raw.npy", Npy.Of(_pixels, Count, 3, 8, 8));
        _folder.Write("scaled.npy", Npy.Of(Array.ConvertAll(_pixels, pixel => pixel / 255f), Count, 3, 8, 8));

        await Same("raw.npy", "--image-preset", "raw");
        await Same("scaled.npy", "--image-scale=1/255");

        async Task Same(string array, params string[] options)
        {
            var (one, other) = (Directory.CreateDirectory(_folder.File($"i{array}")).FullName, Directory.CreateDirectory(_folder.File($"a{array}")).FullName);
            var images = (await Quantfn.RunAsync([.. Line(_folder.File("photos"), one), .. options])).Json();
            var arrays = (await Quantfn.RunAsync(Line(_folder.File(array), other))).Json();

            string[] files = ["m.onnx", "p.json", "p.npz"];
            Assert.Equal(files, Directory.GetFiles(one).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(one, file)), File.ReadAllBytes(Path.Combine(other, file))));
            Assert.Equal(Digest(images), Digest(arrays));
        }

        string[] Line(string data, string to) =>
            ["quantize", _model, "--calibration", data, "-o", Path.Combine(to, "m.onnx"), "--plan", Path.Combine(to, "p.json"), "--no-check", "--json"];
    }

    [Fact]
    public async Task Pixels_are_stored_once_with_the_classes_and_compared_from_there()
    {
        for (var i = 0; i < Count; i++)
        {
            Directory.CreateDirectory(_folder.File("classes", $"c{i % 4}"));
            File.Move(_folder.File("photos", $"p{i:D3}.png"), _folder.File("classes", $"c{i % 4}", $"p{i:D3}.png"));
        }

        var text = (await Quantfn.RunAsync("quantize", _model, "--calibration", _folder.File("classes"), "--image-preset", "tf", "-o",
            _folder.File("m.onnx"), "--save-pixels", _folder.File("stored.npz"))).Done();
        var images = (await Quantfn.RunAsync("compare", _model, _folder.File("m.onnx"), "--data", _folder.File("classes"), "--image-preset=tf")).Done();
        var stored = (await Quantfn.RunAsync("compare", _model, _folder.File("m.onnx"), "--data", _folder.File("stored.npz"))).Done();

        Assert.Equal(["x", "labels"], QuantFunctional.Formats.ArrayFile.Open(_folder.File("stored.npz")).Names);
        Assert.Contains("Top-1 ", images, StringComparison.Ordinal);
        var digest = images[images.IndexOf("Pixels     sha256 ", StringComparison.Ordinal)..];
        Assert.Contains(digest.TrimEnd(), text, StringComparison.Ordinal);
        Assert.Equal(images.Replace(digest, "", StringComparison.Ordinal), stored);
    }

    [Theory]
    [InlineData("--image-size 8x", "--image-size")]
    [InlineData("--image-size 4x4", "whose width is 8, not 4")]
    [InlineData("--image-preset imagenett", "did you mean imagenet?")]
    [InlineData("--image-order brg", "--image-order")]
    [InlineData("--image-resize fill", "stretch, crop, pad")]
    [InlineData("--image-layout nhcw", "did you mean")]
    [InlineData("--image-mean 1;2;3", "--image-mean")]
    [InlineData("--image-std 1/0", "--image-std")]
    [InlineData("--dim x_0", "--dim")]
    [InlineData("--dim x_0=0", "--dim")]
    [InlineData("--batch-axis x=first", "--batch-axis")]
    [InlineData("--batch-axis z=1", "`x`, `y`")]
    public async Task Values_that_an_option_does_not_take(string options, string told) =>
        (await Quantfn.RunAsync(["quantize", _model, "--calibration", _folder.File("photos"), .. options.Split(' ')])).IsBadInput(told);

    [Fact]
    public async Task Options_of_images_go_with_images()
    {
        var array = _folder.Write("raw.npy", Npy.Of(_pixels, Count, 3, 8, 8));
        (await Quantfn.RunAsync("quantize", _model, "--calibration", array, "--image-preset", "raw")).IsBadInput("raw.npy", "leave them out");
        (await Quantfn.RunAsync("quantize", _model, "--calibration", array, "--save-pixels", _folder.File("s.npz"))).IsBadInput("--save-pixels");
        (await Quantfn.RunAsync("compare", _model, _model, "--data", array, "--image-size", "8x8")).IsBadInput("raw.npy");
        (await Quantfn.RunAsync("quantize", _model, "--calibration", _folder.File("none"), "--image-preset", "raw")).IsBadInput("no such file");
        (await Quantfn.RunAsync("quantize", _model, "--weight-only", "int8", "--save-pixels", _folder.File("s.npz"))).IsBadInput("--save-pixels");
    }

    [Fact]
    public async Task A_batch_of_one_length_and_a_config_file()
    {
        await File.WriteAllTextAsync(_folder.File("c.json"), """
            {"quantize": {"calibration": "photos", "image-preset": "raw", "dim": ["x_0=6"], "output": "m.onnx"}}
            """);
        var report = (await Quantfn.RunAsync("quantize", _model, "--config", _folder.File("c.json"), "--json")).Json();
        Assert.Equal(Count, report.GetProperty("calibration").GetProperty("samples").GetInt32());
        Assert.True(File.Exists(_folder.File("m.onnx")));
    }

    private static string? Digest(JsonElement report) => report.GetProperty("calibration").GetProperty("digest").GetString();
}
