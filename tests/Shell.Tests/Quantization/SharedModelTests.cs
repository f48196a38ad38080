using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Networks of the world keep their accuracy, and run on integers as far as can be.</summary>
public class SharedModelTests
{
    [SharedTheory]
    [InlineData(true, 0.004, 21.5)]
    [InlineData(false, 0.01, 20)]
    public async Task Ic_resnet8_keeps_its_accuracy(bool perChannel, double loss, double sqnrDb)
    {
        var (report, comparison) = await Quantize("ic_resnet8", "test", r => r with { PerChannel = perChannel });

        Assert.InRange(comparison.QuantizedTop1!.Value, comparison.FloatTop1!.Value - loss, 1);
        Assert.True(comparison.Outputs[0].SqnrDb >= sqnrDb, $"{comparison.Outputs[0].SqnrDb} dB");
        Assert.Equal("", Floats(report));
    }

    [SharedTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ic_resnet8_in_shifts_alone_loses_less_than_a_point(bool perChannel)
    {
        var (report, comparison) = await Quantize(
            "ic_resnet8", "test", r => r with { Precision = Precision.SimaInt8, PerChannel = perChannel });

        Assert.InRange(comparison.QuantizedTop1!.Value, comparison.FloatTop1!.Value - (perChannel ? 0.01 : 0.02), 1);
        Assert.Equal("", Floats(report));
    }

    [SharedTheory]
    [InlineData("sima-int16", 30)]
    [InlineData("tflite-int16", 34)]
    public async Task Ic_resnet8_with_16_bit_activations_loses_next_to_nothing(string precision, double sqnrDb)
    {
        var named = QuantFunctional.FSharp.BackendProfile.Precisions.Single(p => p.Name == precision);
        var (_, comparison) = await Quantize("ic_resnet8", "test", r => r with { Precision = named });

        // of 2,000 images a few lie between two classes, and fall to either side
        Assert.InRange(comparison.QuantizedTop1!.Value, comparison.FloatTop1!.Value - 0.003, 1);
        Assert.InRange(comparison.Outputs[0].Agreement, 0.992, 1);
        Assert.True(comparison.Outputs[0].SqnrDb >= sqnrDb, $"{comparison.Outputs[0].SqnrDb} dB");
    }

    [SharedTheory]
    [InlineData(true, 0.0015)]
    [InlineData(false, 0.003)]
    public async Task Mnist_keeps_its_accuracy(bool perChannel, double loss)
    {
        var (report, comparison) = await Quantize("mnist", "test", r => r with { PerChannel = perChannel });

        Assert.InRange(comparison.QuantizedTop1!.Value, comparison.FloatTop1!.Value - loss, 1);
        Assert.Equal("", Floats(report));
    }

    [SharedTheory]
    [InlineData(true, 39)]
    [InlineData(false, 33)]
    public async Task Ultraface_finds_the_same_faces(bool perChannel, double sqnrDb)
    {
        var (report, comparison) = await Quantize("ultraface", "data", r => r with { PerChannel = perChannel });

        var scores = Assert.Single(comparison.Outputs, output => output.Name == "scores");
        var boxes = Assert.Single(comparison.Outputs, output => output.Name == "boxes");
        Assert.True(scores.SqnrDb >= sqnrDb, $"scores {scores.SqnrDb} dB");
        Assert.True(boxes.SqnrDb >= sqnrDb, $"boxes {boxes.SqnrDb} dB");
        // box decoding: these have no integer kernels
        Assert.Equal("Exp×1 Mul×1 Sub×1", Floats(report));
    }

    private static async Task<(QuantizationReport Report, ComparisonReport Comparison)> Quantize(
        string model, string data, Func<QuantizeRequest, QuantizeRequest> with)
    {
        using var folder = new TemporaryFolder();
        var request = with(new QuantizeRequest
        {
            Model = Shared.Model($"{model}.onnx"),
            Calibration = Shared.Model($"{model}.{(data == "data" ? data : "calibration")}.npz"),
            OutputPath = folder.File($"{model}.onnx"),
        });
        var report = await OnnxQuantizer.QuantizeAsync(request);
        var comparison = await ModelComparer.CompareAsync(
            request.Model, report.QuantizedModel, Shared.Model($"{model}.{data}.npz"));
        return (report, comparison);
    }

    private static string Floats(QuantizationReport report) => string.Join(
        ' ', report.Operators.Where(o => o.Kind == OperatorKind.Float).Select(o => $"{o.Operator}×{o.Count}"));
}
