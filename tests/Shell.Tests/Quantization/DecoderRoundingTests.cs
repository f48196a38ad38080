using QuantFunctional;
using QuantFunctional.Onnx;
using Shell.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Shell.Tests.Quantization;

/// <summary>What rounding costs a language model: the divergence of its next tokens from the float model's.</summary>
public sealed class DecoderRoundingTests(ITestOutputHelper output)
{
    [SharedTheory]
    [InlineData("contrib")]
    [InlineData("plain")]
    public async Task Searched_steps_zero_points_and_eight_bits_each_bring_the_model_nearer(string form)
    {
        var model = Shared.Model($"decoder/{form}/model.onnx");
        var expected = Decoder.TestLogits(await File.ReadAllBytesAsync(model));

        var (searched, decibels) = await Cost(r => r);
        var (withZeroPoints, _) = await Cost(r => r with { ZeroPoints = true });
        var (withHead, _) = await Cost(r => r with { KeepEightBit = ["head"] });
        var (withSensitive, _) = await Cost(r => r with { KeepEightBit = ["sensitive"] });
        var (inBytes, _) = await Cost(r => r with { Type = WeightType.Int8, BlockSize = 32 });

        Assert.InRange(searched, 0, 0.0205);
        Assert.InRange(decibels, 23.6, 30);
        Assert.InRange(withZeroPoints, 0, 0.0195);
        Assert.InRange(withHead, 0, 0.9 * searched);
        Assert.InRange(withSensitive, 0, 0.9 * withHead);
        Assert.InRange(inBytes, 0, 0.0003);

        async Task<(double Divergence, double Decibels)> Cost(Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with)
        {
            using var folder = new TemporaryFolder();
            var request = with(new QuantizeWeightsRequest
            {
                Model = model,
                Type = WeightType.Int4,
                OutputPath = folder.File("result.onnx"),
            });
            var report = await OnnxQuantizer.QuantizeWeightsAsync(request);
            Assert.Equal(report.WeightOnlyLayers.Count, report.Operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count));
            Assert.Empty(report.Warnings);
            var found = Decoder.TestLogits(await File.ReadAllBytesAsync(report.OutputPath!));
            var (divergence, ratio) = (Decoder.Divergence(expected, found), Quantized.SqnrDb(expected, found));
            var eight = report.WeightOnlyLayers.Where(layer => layer.EightBitBecause is not null);
            output.WriteLine(FormattableString.Invariant($"{request.Integers}, {report.BytesAfter} bytes: {divergence:F5}, {ratio:F2} dB"));
            foreach (var layer in eight)
                output.WriteLine($"  {layer.Name}: {layer.EightBitBecause}");
            return (divergence, ratio);
        }
    }
}
