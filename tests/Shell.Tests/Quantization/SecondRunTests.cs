using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Models of which some weights are integers already: the others become integers, and these stay as they are.</summary>
public sealed class SecondRunTests
{
    [Theory]
    [InlineData("int4", null, 4, 32, 32)]
    [InlineData("int8", 16, 8, 16, 16)]
    [InlineData("int8", null, 8, null, null)]
    public async Task What_was_left_out_of_the_first_run_is_quantized_by_the_second(string type, int? block, int bits, int? blockOfProduct, int? blockOfRows)
    {
        var model = TokenModels.Apart(17).Build();
        var first = await Quantize(model.ToBytes(), r => r with { Type = TypeOf(type), BlockSize = block, Exclude = ["y"] });

        var second = await Quantize(first.QuantizedModel, r => r with { Type = WeightType.Int8 });

        Assert.Equal(["y"], second.WeightOnlyLayers.Select(layer => layer.Name));
        Assert.Empty(second.LeftInFloat);
        Assert.Empty(second.Embeddings);
        Assert.Empty(second.Warnings);
        Assert.Equal(
            [("Gather", 8, blockOfRows), ("MatMul", bits, blockOfProduct)],
            second.QuantizedAlready.Select(node => (node.Operator, node.Bits, node.BlockSize)));
        Assert.Equal(2, second.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        SameTensors(first, second);
        var ratio = Quantized.SqnrDb(TokenModels.Run(model, OrtExecution.Plain), TokenModels.Run(OnnxModel.Load(second.QuantizedModel), OrtExecution.Extended));
        Assert.InRange(ratio, bits == 4 ? 15 : 30, 200);
    }

    [Fact]
    public async Task Activations_and_residuals_stay_apart_from_what_the_first_run_made()
    {
        var model = new ModelBuilder(17).Input("x", 3, 64).Gemm("x", "a", 64, 64).Node("Relu", ["a"], "b")
            .Random("c.weight", 64, 64).Node("MatMul", ["b", "c.weight"], "c").Node("Add", ["b", "c"], "d")
            .Random("y.weight", 64, 8).Node("MatMul", ["d", "y.weight"], "y").Output("y").Build();
        var first = await Quantize(model.ToBytes(), r => r with { Type = WeightType.Int4, Exclude = ["y"] });

        var second = await Quantize(first.QuantizedModel, r => r with { Type = WeightType.Int4 });

        Assert.Equal(2, first.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Equal(3, second.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Empty(second.Warnings);
    }

    [Fact]
    public async Task A_table_beside_products_of_MatMulNBits_is_what_is_left_to_do()
    {
        var model = WithNBits(TokenModels.Width).Build();

        var report = await Quantize(model.ToBytes(), r => r with { Type = WeightType.Int4 });

        Assert.Empty(report.WeightOnlyLayers);
        Assert.Equal("int8", Assert.Single(report.Embeddings).Weights);
        var already = Assert.Single(report.QuantizedAlready);
        Assert.Equal(("y", "MatMulNBits", 4, 16), (already.Name, already.Operator, already.Bits, already.BlockSize));
        var quantized = OnnxModel.Load(report.QuantizedModel);
        Assert.Equal(
            model.Graph.Node.Single(node => node.OpType == "MatMulNBits").Attribute,
            quantized.Graph.Node.Single(node => node.OpType == "MatMulNBits").Attribute);
        foreach (var name in new[] { "y.bits", "y.steps" })
            Assert.Equal(Tensor(model, name), Tensor(quantized, name));
        Assert.InRange(Quantized.SqnrDb(TokenModels.Run(model, OrtExecution.Plain), TokenModels.Run(quantized, OrtExecution.Plain)), 30, 200);
    }

    [Fact]
    public async Task Steps_of_float16_behind_which_a_Cast_stands_stay_float16()
    {
        var model = new ModelBuilder(21, 10).Input("x", 3, 64).Initializer(TensorData.Make("w", [64, 64], new sbyte[64 * 64].AsSpan()))
            .Initializer(HalfModels.Tensor("s", 64)).Node("DequantizeLinear", ["w", "s"], "d", node => node.SetInt("axis", 1))
            .Node("Cast", ["d"], "c", node => node.SetInt("to", (long)DataType.Float)).Node("MatMul", ["x", "c"], "a")
            .Random("y.weight", 64, 8).Node("MatMul", ["a", "y.weight"], "y").Output("y").Build();

        var report = await Quantize(model.ToBytes(), r => r with { Type = WeightType.Int8 });

        Assert.Equal(8, Assert.Single(report.QuantizedAlready).Bits);
        Assert.Equal(Tensor(model, "s"), Tensor(OnnxModel.Load(report.QuantizedModel), "s"));
        Assert.Empty(report.Widened);
    }

    [Fact]
    public async Task A_table_that_the_file_holds_once_is_held_once_again()
    {
        using var folder = new TemporaryFolder();
        var first = await Quantize(
            TokenModels.Shared(21, "Transpose").Build().ToBytes(),
            r => r with { Type = WeightType.Int8, Exclude = ["a"], OutputPath = folder.File("first.onnx") });

        var second = await Quantize(
            first.QuantizedModel, r => r with { Type = WeightType.Int8, OutputPath = folder.File("second.onnx"), ExternalData = true });

        Assert.Equal(["a"], second.WeightOnlyLayers.Select(layer => layer.Name));
        var places = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.File("second.onnx"))).Graph.Initializer
            .Where(tensor => tensor.DataType == (int)DataType.Int8 && tensor.Dims.SequenceEqual([TokenModels.Width, TokenModels.Tokens]))
            .Select(tensor => tensor.ExternalData.Single(entry => entry.Key == "offset").Value).ToList();
        Assert.Equal(2, places.Count);
        Assert.Single(places.Distinct());
    }

    [Fact]
    public async Task The_command_lists_what_was_quantized_already()
    {
        using var folder = new TemporaryFolder();
        await Quantize(
            TokenModels.Apart(21).Build().ToBytes(), r => r with { Type = WeightType.Int4, Exclude = ["y"], OutputPath = folder.File("first.onnx") });

        var text = (await Quantfn.RunAsync("quantize", folder.File("first.onnx"), "--weight-only", "int8", "-o", folder.File("second.onnx"))).Done();
        var again = await Quantfn.RunAsync("quantize", folder.File("second.onnx"), "--weight-only", "int8");

        Assert.Contains("Quantized already, and as they were: 2 nodes\n", text);
        Assert.Contains("  node a (MatMul): 4 bits in blocks of 32\n", text);
        Assert.Contains("Left in float: nothing\n", text);
        again.IsBadInput("nothing to quantize", "quantize the float model", "[QF0412]");
    }

    [Fact]
    public async Task A_model_of_which_nothing_is_left_is_refused()
    {
        var done = await Quantize(TokenModels.Apart(21).Build().ToBytes(), r => r with { Type = WeightType.Int4 });

        var refusal = await Assert.ThrowsAsync<QuantException>(() => Quantize(done.QuantizedModel, r => r));

        Assert.Equal(Diagnostics.NothingToQuantize.Code, refusal.Code);
        Assert.Contains("are already (as node", refusal.Message);
    }

    [Fact]
    public async Task A_model_with_quantized_activations_is_refused()
    {
        var model = new ModelBuilder().Input("x", 3, 8).Floats("s", [], 0.1f).Initializer(TensorData.Make("z", [], [(sbyte)0]))
            .Node("QuantizeLinear", ["x", "s", "z"], "q").Node("DequantizeLinear", ["q", "s", "z"], "d").Gemm("d", "y", 8, 4).Output("y");

        var refusal = await Assert.ThrowsAsync<QuantException>(() => Quantize(model.Build().ToBytes(), r => r));

        Assert.Equal(Diagnostics.QuantizedAlready.Code, refusal.Code);
        Assert.Contains("its activations are quantized already", refusal.Message);
    }

    // a table in float, and a product as builders write it for ONNX Runtime
    private static ModelBuilder WithNBits(int inputs) => new ModelBuilder(17).Opset("com.microsoft", 1).Input("ids", DataType.Int64, -1, -1)
        .Random("table", TokenModels.Tokens, inputs).Node("Gather", ["table", "ids"], "a")
        .Initializer(TensorData.Make("y.bits", [8, inputs / 16, 8], [.. Enumerable.Range(0, inputs * 4).Select(at => (byte)(at * 37))]))
        .Between("y.steps", 0.01f, 0.02f, inputs / 2)
        .Node("MatMulNBits", ["a", "y.bits", "y.steps"], "y", node =>
        {
            node.Domain = "com.microsoft";
            node.SetInt("K", inputs);
            node.SetInt("N", 8);
            node.SetInt("bits", 4);
            node.SetInt("block_size", 16);
        })
        .Output("y", -1, -1, 8);

    private static void SameTensors(QuantizationReport first, QuantizationReport second)
    {
        var (before, after) = (OnnxModel.Load(first.QuantizedModel), OnnxModel.Load(second.QuantizedModel));
        var stored = before.Graph.Initializer.Where(tensor => tensor.Name != "head.weight").ToList();
        Assert.NotEmpty(stored);
        Assert.All(stored, tensor => Assert.Equal(tensor, Tensor(after, tensor.Name)));
    }

    private static TensorProto Tensor(OnnxModel model, string name) => model.Graph.Initializer.Single(tensor => tensor.Name == name);

    private static Task<QuantizationReport> Quantize(ModelSource model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with) =>
        OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest { Model = model }));

    private static WeightType TypeOf(string name) => name == "int8" ? WeightType.Int8 : WeightType.Int4;
}
