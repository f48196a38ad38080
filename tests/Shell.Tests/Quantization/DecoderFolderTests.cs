using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Shell.Tests.Quantization;

/// <summary>The small language models beside the repository, as folders: what they take, and what their embedding costs.</summary>
public sealed class DecoderFolderTests(ITestOutputHelper output)
{
    [SharedTheory]
    [InlineData("contrib", "int4")]
    [InlineData("plain", "int4")]
    [InlineData("contrib", "int8")]
    public async Task An_embedding_of_bytes_costs_next_to_nothing(string form, string type)
    {
        var expected = Decoder.TestLogits(OnnxModel.Load(Shared.Model($"decoder/{form}/model.onnx")).ToBytes());

        var (inFloat, large) = await Cost(form, expected, r => r with { Type = TypeOf(type), Embedding = null });
        var (inBytes, small) = await Cost(form, expected, r => r with { Type = TypeOf(type) });

        Assert.InRange(inBytes - inFloat, -0.0001, 0.0001);
        // 512 rows of 128: four bytes a number become one and an eighth of a step
        Assert.InRange(large - small, 180_000, 190_000);
    }

    [SharedFact]
    public async Task A_table_that_is_embedding_and_head_lies_in_the_file_once()
    {
        var expected = Decoder.TestLogits(OnnxModel.Load(Shared.Model("decoder/contrib-tied/model.onnx")).ToBytes());

        var (_, bytes) = await Cost("contrib-tied", expected, r => r with { Type = WeightType.Int4 });

        Assert.InRange(bytes, 1, 399_451);
    }

    [SharedFact]
    public async Task An_embedding_of_four_bits_runs_beside_operators_of_ONNX_Runtime_itself()
    {
        var expected = Decoder.TestLogits(OnnxModel.Load(Shared.Model("decoder/contrib/model.onnx")).ToBytes());

        var (divergence, _) = await Cost("contrib", expected, r => r with { Type = WeightType.Int8, Embedding = WeightType.Int4 });

        Assert.InRange(divergence, 0.001, 0.015);
    }

    private async Task<(double Divergence, long Bytes)> Cost(
        string form, float[] expected, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with)
    {
        using var folder = new TemporaryFolder();
        var report = await OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest
        {
            Model = Shared.Model($"decoder/{form}"),
            OutputPath = folder.File("out"),
        }));
        Assert.Equal(report.WeightOnlyLayers.Count, report.Operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count));
        Assert.Empty(report.Warnings);
        var divergence = Decoder.Divergence(expected, Decoder.TestLogits(OnnxModel.Load(report.QuantizedModel).ToBytes()));
        var embedding = Assert.Single(report.Embeddings);
        output.WriteLine(FormattableString.Invariant(
            $"{form}, embedding {embedding.Weights}, shared with {embedding.SharedWith.Count}: {report.BytesAfter} bytes, {divergence:F6}"));
        return (divergence, report.BytesAfter);
    }

    private static WeightType TypeOf(string name) => name == "int4" ? WeightType.Int4 : WeightType.Int8;
}
