using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Products of 8 bits among products of 4.</summary>
public sealed class EightBitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>An attention, a gated feed-forward part and a head, none of which is called what it is.</summary>
    private static ModelBuilder Block() => new ModelBuilder()
        .Input("x", 1, 6, 32)
        .Floats("mask", [32], [0, .. Enumerable.Repeat(1f, 31)]).Node("Mul", ["x", "mask"], "masked")
        .Random("q.w", 32, 32).Node("MatMul", ["masked", "q.w"], "q")
        .Random("k.w", 32, 32).Node("MatMul", ["x", "k.w"], "k")
        .Random("v.w", 32, 16).Node("MatMul", ["x", "v.w"], "v")
        .Random("v.b", 16).Node("Add", ["v", "v.b"], "values")
        .Node("Transpose", ["k"], "kt", "perm=0,2,1")
        .Node("MatMul", ["q", "kt"], "scores")
        .Node("Softmax", ["scores"], "weights")
        .Node("MatMul", ["weights", "values"], "attended")
        .Random("o.w", 16, 32).Node("MatMul", ["attended", "o.w"], "o")
        .Node("Add", ["x", "o"], "after")
        .Random("gate.w", 32, 64).Node("MatMul", ["after", "gate.w"], "gate")
        .Random("up.w", 32, 64).Node("MatMul", ["after", "up.w"], "up")
        .Node("Sigmoid", ["gate"], "opened")
        .Node("Mul", ["gate", "opened"], "activated")
        .Node("Mul", ["activated", "up"], "gated")
        .Random("down.w", 64, 32).Node("MatMul", ["gated", "down.w"], "down")
        .Node("Add", ["after", "down"], "out")
        .Random("norm.w", 32).Node("Mul", ["out", "norm.w"], "normed")
        .Random("head.w", 32, 48).Node("MatMul", ["normed", "head.w"], "logits")
        .Random("head.b", 48).Node("Add", ["logits", "head.b"], "y")
        .Output("y");

    [Theory]
    [InlineData("head", "logits")]
    [InlineData("sensitive", "v,down,logits")]
    [InlineData("q", "q")]
    [InlineData("q,head", "q,logits")]
    [InlineData("*down*", "down")]
    public async Task Products_are_found_by_what_they_are_and_by_name(string asked, string expected)
    {
        var report = await Quantize(Block(), r => r with { KeepEightBit = [asked] });

        var eight = report.WeightOnlyLayers.Where(layer => layer.EightBitBecause is not null).ToList();
        Assert.Equal(expected.Split(',').Order(), eight.Select(layer => layer.Name).Order());
        Assert.All(eight, layer => Assert.Equal(("int8", 32), (layer.Weights, layer.BlockSize)));
        Assert.All(report.WeightOnlyLayers.Except(eight), layer => Assert.Equal("int4", layer.Weights));
        Assert.Equal(8, report.Operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count));
        Assert.Equal(
            report.WeightOnlyLayers.Select(layer => layer.Weights),
            report.Plan.WeightOnlyLayers.Select(layer => layer.Plan.Request.Type.Name));
    }

    [Fact]
    public async Task Samples_show_what_else_loses_most()
    {
        // beside large weights of an input that is always 0 nothing is left of the others
        var original = Block().Build();
        var weights = original.Graph.Initializer.Single(tensor => tensor.Name == "q.w");
        var values = TensorData.Floats(weights);
        for (var channel = 0; channel < 32; channel++)
            values[channel] *= 1000;
        original.Graph.Initializer[original.Graph.Initializer.IndexOf(weights)] = TensorData.Make(weights.Name, weights.Dims, values.AsSpan());
        var samples = Samples.Random(original, 16).Write(_folder.File("samples.npz"));

        var report = await Quantize(original, r => r with { KeepEightBit = ["sensitive"], Calibration = samples });

        var why = report.WeightOnlyLayers.ToDictionary(layer => layer.Name, layer => layer.EightBitBecause);
        Assert.Matches("^its outputs lose [0-9.]+ times the median of all products$", why["q"]!);
        Assert.Equal("values of an attention", why["v"]);
        Assert.Equal("end of a feed-forward part", why["down"]);
        Assert.Equal("head", why["logits"]);
        Assert.All(["k", "o", "gate", "up"], name => Assert.Null(why[name]));
    }

    [Fact]
    public async Task A_model_without_a_head_and_nodes_that_are_no_products_are_refused()
    {
        var headless = new ModelBuilder()
            .Input("x", 4, 32).Random("w", 32, 32).Node("MatMul", ["x", "w"], "a").Node("Exp", ["a"], "y").Output("y");

        await Refused(headless, r => r with { KeepEightBit = ["head"] }, "QF0619", "--keep-8-bit head");
        await Refused(headless, r => r with { KeepEightBit = ["y"] }, "QF0619", "node y is no product");
        await Refused(headless, r => r with { KeepEightBit = ["z"] }, "QF0605", "--keep-8-bit 'z'");
        await Refused(headless, r => r with { Type = WeightType.Int8, KeepEightBit = ["a"] }, "QF0603", "--keep-8-bit");
        await Refused(headless, r => r with { Type = WeightType.Int8, ZeroPoints = true }, "QF0603", "quantize to int4");
    }

    private async Task Refused(
        ModelBuilder model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with, string code, string words)
    {
        var refusal = await Assert.ThrowsAsync<QuantException>(() => Quantize(model, with));
        Assert.Equal(code, refusal.Code);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
    }

    private Task<QuantizationReport> Quantize(ModelBuilder model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with) =>
        Quantize(model.Build(), with);

    private Task<QuantizationReport> Quantize(OnnxModel model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with) =>
        OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest
        {
            Model = _folder.Write("model.onnx", model.ToBytes()),
            OutputPath = _folder.File("result.onnx"),
            Overwrite = true,
            Type = WeightType.Int4,
        }));
}
