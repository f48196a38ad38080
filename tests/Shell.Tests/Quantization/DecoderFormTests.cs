using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>The small language model beside the repository as older builders write it.</summary>
public sealed class DecoderFormTests
{
    [SharedTheory]
    [InlineData(14)]
    [InlineData(17)]
    [InlineData(20)]
    public async Task A_decoder_of_an_older_opset_becomes_the_same_file_in_blocks(long opset)
    {
        var asBuilt = await Quantize(Contrib(21), WeightType.Int4);
        var older = await Quantize(Contrib(opset), WeightType.Int4);

        Assert.Equal(asBuilt.QuantizedModel.Bytes.ToArray(), older.QuantizedModel.Bytes.ToArray());
        Assert.Equal(15, older.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Empty(older.Warnings);
    }

    [SharedTheory]
    [InlineData(14)]
    [InlineData(20)]
    public async Task A_decoder_of_an_older_opset_keeps_it_with_a_step_for_each_channel(long opset)
    {
        var report = await Quantize(Contrib(opset), WeightType.Int8);

        var model = OnnxModel.Load(report.QuantizedModel);
        Assert.Equal(opset, model.Opset);
        Assert.Equal(15, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        var divergence = Decoder.Divergence(Decoder.TestLogits(Contrib(21).ToBytes()), Decoder.TestLogits(model.ToBytes()));
        Assert.InRange(divergence, 0, 0.0005);
    }

    private static OnnxModel Contrib(long opset)
    {
        var model = OnnxModel.Load(Shared.Model("decoder/contrib/model.onnx"));
        model.Proto.OpsetImport.Single(import => NodeAttributes.IsDefaultDomain(import.Domain)).Version = opset;
        model.Proto.IrVersion = opset < 21 ? 8 : 10;
        return model;
    }

    private static Task<QuantizationReport> Quantize(OnnxModel model, WeightType type) =>
        OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = model.ToBytes(), Type = type });
}
