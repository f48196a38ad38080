using Microsoft.Extensions.Logging;
using QuantFunctional;
using QuantFunctional.Images;
using QuantFunctional.Onnx;

namespace Shell.Tests.House;

/// <summary>The C# examples of the documentation's pages.</summary>
internal static class DocumentedExamples
{
    /// <summary>That of the tutorial, in a folder that holds the sample's files.</summary>
    internal static async Task TutorialAsync()
    {
        var report = await OnnxQuantizer.QuantizeAsync(new QuantizeRequest
        {
            Model = "fashion.onnx",
            Calibration = "fashion.calibration.npz",
            OutputPath = "fashion.int8.onnx",
            Overwrite = true,
        });
        var quality = await ModelComparer.CompareAsync("fashion.onnx", report.QuantizedModel, "fashion.test.npz");
        var last = report.Plan.Layers[^1];
        Console.WriteLine($"{100 * quality.QuantizedTop1:F1} % right, {quality.Outputs[0].SqnrDb:F1} dB");
        Console.WriteLine(last.Plan.Explain(channel: 1, last.Name));
        Console.WriteLine($"proven: {IntegerModel.Load(report.QuantizedModel).Certify().Passed}");
    }

    /// <summary>That of the guide to what a model is fed with.</summary>
    internal static SampleData[] Fed()
    {
        var photos = ImageSamples.FromFolder("photos", ImageOptions.ImageNet with { Resize = ImageResize.Crop });
        var speech = SampleData.FromFile("speech.npz").WithBatchAxis("state", 1).WithDimension("chunk", 512);
        return [photos, speech];
    }

    /// <summary>That of the page of decoders.</summary>
    internal static async Task<string?> DecoderAsync()
    {
        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest
        {
            Model = "phi",
            OutputPath = "phi-int4",
            Type = WeightType.Int4,
        });
        return report.OutputPath;
    }

    /// <summary>That of the guide to C#.</summary>
    internal static async Task ShrinkAsync(
        Stream upload, Stream download, IEnumerable<float[]> photos, ILogger logger, CancellationToken cancel)
    {
        try
        {
            var report = await OnnxQuantizer.QuantizeAsync(
                new QuantizeRequest
                {
                    Model = await ModelSource.FromStreamAsync(upload, "the upload", cancel),
                    Calibration = SampleData.From(photos.Select(pixels => new Sample { { "input", pixels, 1, 28, 28 } })),
                    RequiredSqnrDb = 30,
                    Logger = logger,
                },
                cancellationToken: cancel);
            await download.WriteAsync(report.QuantizedModel.Bytes, cancel);
        }
        catch (QuantException fault)
        {
            logger.LogError("{Message} [{Code}]", fault.Message, fault.Code);
            throw;
        }
    }
}
