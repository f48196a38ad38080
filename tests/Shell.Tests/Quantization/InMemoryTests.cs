using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional;
using QuantFunctional.Formats;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Models and samples that lie in memory.</summary>
public sealed class InMemoryTests : IDisposable
{
    private const int Count = 32;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bytes_and_samples_from_memory_give_the_same_model_as_files()
    {
        var asFile = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Quantfn.Sample("fashion.onnx"),
            Calibration = Quantfn.Sample("fashion.calibration.npz"),
            OutputPath = _folder.File("out.onnx"),
        });
        await using var stream = File.OpenRead(Quantfn.Sample("fashion.onnx"));

        var inMemory = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = await ModelSource.FromStreamAsync(stream, "fashion"),
            Calibration = SampleData.From(Calibration(int.MaxValue)),
            Comparison = SampleData.From(Test(Count)),
        });

        Assert.Equal(File.ReadAllBytes(asFile.OutputPath!), inMemory.QuantizedModel.Bytes.ToArray());
        Assert.Null(inMemory.OutputPath);
        Assert.Equal(Count, inMemory.Comparison!.Samples);
        Assert.NotNull(inMemory.Comparison.QuantizedTop1);
        Assert.Equal(asFile.Calibration!.Samples, inMemory.Calibration!.Samples);
        Assert.Equal(asFile.Layers.Count, inMemory.Plan.Layers.Count);
        Assert.Contains(inMemory.Plan.Tensors, tensor => tensor.Encoding.StepSize > 0);
    }

    [Fact]
    public async Task Tensors_of_every_kind_and_shape_feed_an_input()
    {
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = File.ReadAllBytes(Quantfn.Sample("fashion.onnx")),
            Calibration = SampleData.From(Calibration(Count)),
        });
        var pixels = Pixels().Take(2).ToArray();

        await Compared([new Sample { { "input", new DenseTensor<float>(pixels[0], [1, 1, 28, 28]) } }]);
        await Compared([new Sample { { "input", new ReadOnlyTensorSpan<float>(pixels[0], [1, 28, 28]) } }]);
        await Compared([new Sample { { "input", pixels[0].AsSpan(), 1, 28, 28 } }, new Sample { { "input", pixels[1], 1, 28, 28 } }]);

        async Task Compared(Sample[] samples)
        {
            var compared = await ModelComparer.CompareAsync(
                Quantfn.Sample("fashion.onnx"), report.QuantizedModel, SampleData.From(samples));
            Assert.Equal(samples.Length, compared.Samples);
        }
    }

    [Theory]
    [InlineData("none", "QF0513", "there are no samples")]
    [InlineData("unlike", "QF0521", "sample 1 has `input` as float32 [1, 28, 28], but sample 0 as float32 [784]")]
    [InlineData("other", "QF0521", "sample 1 and sample 0 do not both have `mask`")]
    [InlineData("empty", "QF0521", "sample 0 holds no tensor")]
    [InlineData("name", "QF0503", "`image`")]
    public async Task Samples_that_do_not_fit_are_told_with_their_index(string what, string code, string told)
    {
        var pixels = Pixels().First();
        Sample[] samples = what switch
        {
            "none" => [],
            "unlike" => [new() { { "input", pixels, 784 } }, new() { { "input", pixels, 1, 28, 28 } }],
            "other" => [new() { { "input", pixels, 1, 28, 28 } }, new() { { "input", pixels, 1, 28, 28 }, { "mask", pixels, 784 } }],
            "empty" => [new()],
            _ => [new() { { "image", pixels, 1, 28, 28 }, { "mask", pixels, 784 } }],
        };

        var fault = await Assert.ThrowsAsync<QuantException>(() => OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = Quantfn.Sample("fashion.onnx"),
            Calibration = SampleData.From(samples, "photos"),
            OutputPath = _folder.File("out.onnx"),
        }));

        Assert.Equal(FaultKind.BadInput, fault.Kind);
        Assert.Equal((code, "photos"), (fault.Code, fault.File));
        Assert.StartsWith("photos", fault.Message, StringComparison.Ordinal);
        Assert.Contains(told, fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_model_in_memory_with_external_data_is_refused()
    {
        var model = new ModelBuilder().Input("x", 1, 2).Floats("w", [2, 2], 1, 2, 3, 4).Node("MatMul", ["x", "w"], "y").Output("y", 1, 2)
            .Build();
        var weights = model.Graph.Initializer[0];
        weights.ClearRawData();
        weights.DataLocation = TensorProto.Types.DataLocation.External;
        weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        var bytes = model.ToBytes();

        var fault = await Assert.ThrowsAsync<QuantException>(() => OnnxQuantizer.InspectAsync(bytes));

        Assert.Equal(Diagnostics.ExternalDataNotThere.Code, fault.Code);
        Assert.Contains("in a file beside the model", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_does_not_fit_its_shape_is_refused_at_once()
    {
        var sample = new Sample { { "input", new float[4], 2, 2 } };

        Assert.Throws<ArgumentException>(() => sample.Add("input", new float[4], 2, 2));
        Assert.Throws<ArgumentException>(() => sample.Add("mask", new float[4], 3, 2));
        Assert.Throws<ArgumentException>(() => sample.Add("mask", new decimal[1], 1));
        Assert.Equal("input float32 [2, 2]", sample.ToString());
    }

    private static async IAsyncEnumerable<Sample> Calibration(int count)
    {
        foreach (var pixels in Pixels().Take(count))
        {
            await Task.Yield();
            yield return new Sample { { "input", pixels, 1, 1, 28, 28 } };
        }
    }

    private static IEnumerable<Sample> Test(int count)
    {
        var file = ArrayFile.Open(Quantfn.Sample("fashion.test.npz"));
        using var input = file.OpenArray("input");
        using var labels = file.OpenArray("labels");
        var (pixels, label) = (new float[784], new long[1]);
        for (var i = 0; i < count && input.TryRead<float>(pixels) && labels.TryRead<long>(label); i++)
        {
            var sample = new Sample { Label = label[0] };
            sample.Add("input", pixels, 1, 28, 28);
            yield return sample;
        }
    }

    private static IEnumerable<float[]> Pixels()
    {
        using var reader = ArrayFile.Open(Quantfn.Sample("fashion.calibration.npz")).OpenArray("input");
        var pixels = new float[784];
        while (reader.TryRead<float>(pixels))
            yield return [.. pixels];
    }
}
