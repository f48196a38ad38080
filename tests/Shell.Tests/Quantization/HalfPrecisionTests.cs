using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using Xunit.Abstractions;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Models that compute in float16, of which the weights alone become integers: the rest of them stays as it is.</summary>
public sealed class HalfPrecisionTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("int8", null, 13)]
    [InlineData("int8", null, 20)]
    [InlineData("int8", 16, 21)]
    [InlineData("int4", null, 17)]
    [InlineData("int4", 128, 21)]
    public async Task Weights_are_rounded_from_float16_to_steps_of_float16(string type, int? block, long opset)
    {
        var built = TokenModels.Apart(opset).Build();
        var half = HalfModels.Of(built);

        var (report, model, plan) = await Quantize(half, r => r with { Type = TypeOf(type), BlockSize = block });

        Assert.Empty(report.Widened);
        Assert.Equal(2, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Empty(report.LeftInFloat);
        Assert.Equal("int8", Assert.Single(report.Embeddings).Weights);
        Assert.Equal(type == "int8" && block is null && opset >= 19 ? opset : 21, model.Opset);
        Assert.Equal([(int)DataType.Float16], model.Graph.Output.Select(value => value.Type.TensorType.ElemType));
        Assert.DoesNotContain(model.Graph.Initializer, tensor => TensorData.Type(tensor) == DataType.Float);
        Assert.Equal([StepFormat.Float16], plan.WeightOnlyLayers.Select(layer => layer.Plan.Request.Steps).Distinct());
        // the steps in the file are those of the plan, and the weights that were rounded are those of the file
        var stored = model.Graph.Initializer.Where(tensor => TensorData.Type(tensor) == DataType.Float16).SelectMany(TensorData.Floats);
        Assert.Equal(
            plan.WeightOnlyLayers.SelectMany(layer => layer.Plan.Steps).Order(), stored.Select(step => (double)step).Order());
        ExpectNear(WithPlan(built, plan), model, plain: 50, asUsual: 35);
        ExpectNear(half, model, type == "int8" ? 30 : 15, type == "int8" ? 30 : 15);
        Assert.Equal(Diagnostics.ZerosAtExtended.Code, Assert.Single(report.Warnings).Code);
    }

    [Fact]
    public async Task Products_of_both_precisions_have_the_steps_of_each()
    {
        var model = new ModelBuilder(21, 10).Input("x", DataType.Float16, 3, 64)
            .Initializer(HalfModels.Tensor("a.weight", 64, 48)).Node("MatMul", ["x", "a.weight"], "a")
            .Node("Relu", ["a"], "b")
            .Node("Cast", ["b"], "c", Cast(DataType.Float))
            .Random("d.weight", 48, 32).Node("MatMul", ["c", "d.weight"], "d")
            .Initializer(HalfModels.Tensor("e.weight", 32, 8))
            .Node("Cast", ["e.weight"], "e.wide", Cast(DataType.Float)).Node("MatMul", ["d", "e.wide"], "y")
            .Output("y");

        var (report, _, plan) = await Quantize(model.Build(), r => r with { Type = WeightType.Int4 });

        Assert.Equal(
            [StepFormat.Float16, StepFormat.Float32, StepFormat.Float32], plan.WeightOnlyLayers.Select(layer => layer.Plan.Request.Steps));
        Assert.Equal(3, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
    }

    [Fact]
    public async Task Weights_that_only_lie_in_float16_are_products_of_float32()
    {
        var built = TokenModels.Apart(21).Build();

        var (report, model, plan) = await Quantize(HalfModels.BehindCasts(built), r => r with { Type = WeightType.Int4 });

        Assert.Equal(["float16"], report.Widened);
        Assert.Equal([StepFormat.Float32], plan.WeightOnlyLayers.Select(layer => layer.Plan.Request.Steps).Distinct());
        Assert.Equal(2, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        ExpectNear(WithPlan(built, plan), model, plain: 100, asUsual: 35);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public async Task Steps_that_float16_holds_with_few_bits_are_the_steps_that_run()
    {
        // an int8 step of 0.0001 / 127 is 13 times the smallest number
        var weight = HalfModels.Of(new ModelBuilder().Between("w", -0.0001f, 0.0001f, 64, 32).Build()).Graph.Initializer[0];
        var begun = () => new ModelBuilder(21, 10).Input("x", 5, 64).Node("Cast", ["x"], "half", Cast(DataType.Float16));
        var model = begun().Initializer(weight).Node("MatMul", ["half", "w"], "a").Node("Cast", ["a"], "y", Cast(DataType.Float)).Output("y").Build();

        var (report, quantized, plan) = await Quantize(model, r => r with { Type = WeightType.Int8 });

        var layer = Assert.Single(plan.WeightOnlyLayers).Plan;
        Assert.All(layer.Steps, step => Assert.InRange(Math.Abs(step), Math.ScaleB(1, -24), Math.ScaleB(1, -18)));
        var expected = begun().Floats("w", [64, 32], WeightOnlyPlanner.FakeQuantizedWeights(layer))
            .Node("Cast", ["half"], "wide", Cast(DataType.Float)).Node("MatMul", ["wide", "w"], "y").Output("y").Build();
        var samples = Samples.Random(expected, 4);
        Assert.InRange(
            Quantized.SqnrDb(samples.Run(expected, OrtExecution.Plain)["y"], samples.Run(quantized, OrtExecution.Plain)["y"]), 45, 200);
        Assert.InRange(report.WeightOnlyLayers[0].SqnrDb, 30, 60);
    }

    [Fact]
    public async Task Gemms_activations_and_residuals_of_float16_do_not_keep_the_weights_from_their_kernel()
    {
        var single = new ModelBuilder(21, 10).Input("x", 3, 64).Gemm("x", "a", 64, 64).Node("Relu", ["a"], "b")
            .Random("c.weight", 64, 64).Node("MatMul", ["b", "c.weight"], "c").Node("Add", ["b", "c"], "d")
            .Random("y.weight", 64, 8).Node("MatMul", ["d", "y.weight"], "y").Output("y").Build();

        var (report, model, _) = await Quantize(HalfModels.Of(single), r => r with { Type = WeightType.Int4 });

        Assert.Equal(3, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Equal(2, model.Graph.Node.Count(node => node.Is("Max")));
        Assert.Equal([Diagnostics.ZerosAtExtended.Code], report.Warnings.Select(warning => warning.Code));
    }

    [Fact]
    public async Task Samples_show_what_products_of_float16_read()
    {
        using var folder = new TemporaryFolder();
        var single = new ModelBuilder(21, 10).Input("x", 1, 40, 64)
            .Random("a.weight", 64, 48).Node("MatMul", ["x", "a.weight"], "a").Node("Relu", ["a"], "b")
            .Random("y.weight", 48, 8).Node("MatMul", ["b", "y.weight"], "y").Output("y").Build();
        SampleData samples = Samples.Random(single, 32).Write(folder.File("samples.npz"));

        var (singles, _, _) = await Quantize(single, r => r with { Type = WeightType.Int4, Calibration = samples });
        var (halves, _, _) = await Quantize(HalfModels.Of(single), r => r with { Type = WeightType.Int4, Calibration = samples });

        Assert.Equal(["a", "y"], halves.WeightOnlyLayers.Select(layer => layer.Name));
        foreach (var (inSingle, inHalf) in singles.WeightOnlyLayers.Zip(halves.WeightOnlyLayers))
        {
            Assert.InRange(inHalf.ErrorShare!.Value, 0.1, 0.99);
            Assert.InRange(inHalf.ErrorShare.Value - inSingle.ErrorShare!.Value, -0.1, 0.1);
        }

        Assert.Equal(singles.Check!.Outputs[0].SqnrDb, halves.Check!.Outputs[0].SqnrDb, 1.0);
    }

    [SharedTheory]
    [InlineData("contrib", "int4")]
    [InlineData("contrib", "int8")]
    [InlineData("plain", "int4")]
    [InlineData("contrib-tied", "int4")]
    public async Task A_decoder_of_float16_loses_what_that_of_float32_loses(string form, string type)
    {
        var single = OnnxModel.Load(Shared.Model($"decoder/{form}/model.onnx"));
        var half = HalfModels.Of(single);
        using var folder = new TemporaryFolder();

        var (singles, _, _) = await Quantize(single, r => r with { Type = TypeOf(type), OutputPath = folder.File("single.onnx") });
        var (halves, model, _) = await Quantize(half, r => r with { Type = TypeOf(type), OutputPath = folder.File("half.onnx") });

        Assert.Equal(
            singles.Operators.Single(o => o.Operator == "MatMulNBits").Count, halves.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Equal([Diagnostics.ZerosAtExtended.Code], halves.Warnings.Select(warning => warning.Code));
        Assert.Equal("int8", Assert.Single(halves.Embeddings).Weights);
        Assert.All(
            model.Graph.Input.Concat(model.Graph.Output).Where(value => value.Type.TensorType.ElemType != (int)DataType.Int64),
            value => Assert.Equal((int)DataType.Float16, value.Type.TensorType.ElemType));
        var expected = Decoder.TestLogits(single.ToBytes());
        var floats = Decoder.Divergence(expected, Decoder.TestLogits(half.ToBytes()));
        var (ofSingles, ofHalves) = (
            Decoder.Divergence(expected, Decoder.TestLogits(OnnxModel.Load(singles.QuantizedModel).ToBytes())),
            Decoder.Divergence(expected, Decoder.TestLogits(model.ToBytes())));
        output.WriteLine(FormattableString.Invariant(
            $"{form} {type}: float16 {floats:F6}, quantized {ofSingles:F6} in float32 and {ofHalves:F6} in float16, {singles.BytesAfter} and {halves.BytesAfter} bytes"));
        Assert.InRange(ofHalves, 0, (ofSingles * 1.05) + 0.0005);
        Assert.True(halves.BytesAfter < singles.BytesAfter);
    }

    private static async Task<(QuantizationReport Report, OnnxModel Model, PlanDocument Plan)> Quantize(
        OnnxModel model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with)
    {
        var report = await OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest { Model = model.ToBytes() }));
        return (report, OnnxModel.Load(report.QuantizedModel), report.Plan);
    }

    private static Action<NodeProto> Cast(DataType to) => node => node.SetInt("to", (long)to);

    /// <summary>The float32 model with the numbers that the plan's integers stand for.</summary>
    private static OnnxModel WithPlan(OnnxModel built, PlanDocument plan)
    {
        var expected = built.Clone();
        foreach (var layer in plan.WeightOnlyLayers)
        {
            var node = expected.Graph.Node.Single(node => node.DisplayName() == layer.Name);
            var weight = expected.Graph.Initializer.Single(tensor => tensor.Name == node.Input[node.Is("Gather") ? 0 : 1]);
            weight.RawData = TensorData.Make("", [], WeightOnlyPlanner.FakeQuantizedWeights(layer.Plan)).RawData;
        }

        return expected;
    }

    /// <summary>How near a model must be, node for node and as ONNX Runtime runs it, with activations of int8, unless asked for less.</summary>
    private static void ExpectNear(OnnxModel expected, OnnxModel found, double plain, double asUsual)
    {
        foreach (var (execution, decibels) in new[] { (OrtExecution.Plain, plain), (OrtExecution.All, asUsual) })
        {
            var ratio = Quantized.SqnrDb(TokenModels.Run(expected, OrtExecution.Plain), TokenModels.Run(found, execution));
            Assert.True(ratio >= decibels, FormattableString.Invariant($"{execution}: {ratio:F1} dB"));
        }
    }

    private static WeightType TypeOf(string name) => name == "int8" ? WeightType.Int8 : WeightType.Int4;
}
