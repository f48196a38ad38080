using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>Tables whose rows are gathered by tokens, where the weights alone become integers.</summary>
public sealed class EmbeddingTests
{
    [Theory]
    [InlineData("int8", null, 13)]
    [InlineData("int8", null, 21)]
    [InlineData("int8", 16, 17)]
    [InlineData("int4", null, 13)]
    [InlineData("int4", 128, 21)]
    public async Task A_table_becomes_int8_and_what_runs_is_its_plan(string type, int? block, long opset)
    {
        var (report, model) = await Quantize(TokenModels.Apart(opset), r => r with { Type = TypeOf(type), BlockSize = block });

        var embedding = Assert.Single(report.Embeddings);
        Assert.Equal(("int8", TokenModels.Tokens, TokenModels.Width), (embedding.Weights, embedding.Rows, embedding.Columns));
        Assert.Equal(block ?? (type == "int8" && opset < 21 ? null : 32), embedding.BlockSize);
        Assert.Empty(embedding.SharedWith);
        Assert.Equal(2, report.Operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count));
        Assert.Empty(report.LeftInFloat);
        Assert.Equal(type == "int8" && block is null ? opset : 21, model.Opset);
        // the rows are gathered as bytes: no table is made real
        var index = new GraphIndex(model.Graph);
        Assert.DoesNotContain(model.Graph.Node, node => node.Is("DequantizeLinear")
            && index.Initializer(node.Input[0]) is { } made && made.Dims.SequenceEqual([TokenModels.Tokens, TokenModels.Width]));
        Assert.DoesNotContain(model.Graph.Initializer, tensor => TensorData.Type(tensor) == DataType.Float && TensorData.Count(tensor) > 1000);
        SameAsPlans(TokenModels.Apart(opset), report, model);
    }

    [Theory]
    [InlineData("Transpose", "int8", null, 13)]
    [InlineData("Transpose", "int4", null, 21)]
    [InlineData("copy", "int8", 32, 21)]
    [InlineData("copy", "int4", 16, 13)]
    [InlineData("Gemm", "int4", null, 21)]
    [InlineData("Gemm", "int8", null, 13)]
    public async Task A_table_that_the_head_has_too_is_stored_once_and_both_have_the_same_numbers(string form, string type, int? block, long opset)
    {
        using var folder = new TemporaryFolder();
        var (report, model) = await Quantize(
            TokenModels.Shared(opset, form), r => r with { Type = TypeOf(type), BlockSize = block, OutputPath = folder.File("out.onnx") });

        var embedding = Assert.Single(report.Embeddings);
        Assert.Equal(["y"], embedding.SharedWith);
        Assert.Equal(["a", "y"], report.WeightOnlyLayers.Select(layer => layer.Name));
        Assert.Equal([type, "int8"], report.WeightOnlyLayers.Select(layer => layer.Weights));
        Assert.Equal(embedding.Bytes, report.WeightOnlyLayers[1].Bytes);
        Assert.Equal(2, report.Operators.Where(o => o.Operator == "MatMulNBits").Sum(o => o.Count));
        Assert.Empty(report.Warnings);
        // two names of one place
        var tables = ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(folder.File("out.onnx"))).Graph.Initializer
            .Where(tensor => TensorData.Count(tensor) == TokenModels.Tokens * TokenModels.Width).ToList();
        Assert.Equal(2, tables.Count);
        Assert.Single(tables.Select(tensor => string.Join(' ', tensor.ExternalData.Select(entry => $"{entry.Key}={entry.Value}"))).Distinct());
        Assert.InRange(new FileInfo(folder.File("out.onnx.data")).Length, 1, 2 * TokenModels.Tokens * TokenModels.Width);

        var plans = report.Plan.WeightOnlyLayers.ToDictionary(plan => plan.Operator == "Gather" ? "Gather" : plan.Name, plan => plan.Plan);
        var (rows, columns) = (WeightOnlyPlanner.FakeQuantizedWeights(plans["Gather"]), WeightOnlyPlanner.FakeQuantizedWeights(plans["y"]));
        var inRows = form == "Gemm";
        Assert.All(Enumerable.Range(0, rows.Length), at => Assert.Equal(
            rows[at], columns[inRows ? at : (at % TokenModels.Width * TokenModels.Tokens) + (at / TokenModels.Width)]));
        SameAsPlans(TokenModels.Shared(opset, form), report, model);
    }

    [Theory]
    [InlineData("apart")]
    [InlineData("Transpose")]
    public async Task Int4_needs_operators_of_ONNX_Runtime_itself(string form)
    {
        var model = form == "apart" ? TokenModels.Apart(21) : TokenModels.Shared(21, form);

        var refusal = await Assert.ThrowsAsync<QuantException>(() => Quantize(model, r => r with { Embedding = WeightType.Int4 }));
        Assert.Same(Diagnostics.EmbeddingNotGathered, refusal.Diagnostic);
        var own = model.Opset("com.microsoft", 1).Node("QuickGelu", ["y"], "z", node => node.Domain = "com.microsoft").Output("z", -1, -1, TokenModels.Tokens);
        var (report, quantized) = await Quantize(own, r => r with { Embedding = WeightType.Int4, Type = WeightType.Int4 });

        Assert.Equal(("int4", 32), (Assert.Single(report.Embeddings).Weights, report.Embeddings[0].BlockSize));
        Assert.Single(quantized.Graph.Node, node => node.OpType == "GatherBlockQuantized");
        SameAsPlans(own, report, quantized);
    }

    [Fact]
    public async Task What_stays_in_float_keeps_its_bytes_and_is_told()
    {
        var model = TokenModels.Apart(21)
            .Input("position_ids", DataType.Int64, -1).Random("cosines", 200, TokenModels.Width).Node("Gather", ["cosines", "position_ids"], "c").Output("c", -1, TokenModels.Width)
            .Input("kinds", DataType.Int64, -1).Random("kind", 2, TokenModels.Width).Node("Gather", ["kind", "kinds"], "d").Output("d", -1, TokenModels.Width);

        foreach (var with in new Func<QuantizeWeightsRequest, QuantizeWeightsRequest>[]
        {
            r => r with { Embedding = null },
            r => r with { Exclude = ["rows of tokens"] },
        })
        {
            var (report, quantized) = await Quantize(model, with);
            var embedding = Assert.Single(report.Embeddings);
            Assert.Equal(("float", "table", 4L * TokenModels.Tokens * TokenModels.Width), (embedding.Weights, embedding.Table, embedding.Bytes));
            var left = Assert.Single(report.LeftInFloat);
            Assert.Equal(("rows of tokens", "Gather", embedding.Reason), (left.Name, left.Operator, left.Reason));
            Unchanged(quantized, "table", "cosines", "kind");
        }

        var (_, usual) = await Quantize(model, r => r);
        Unchanged(usual, "cosines", "kind");

        void Unchanged(OnnxModel quantized, params string[] names)
        {
            foreach (var name in names)
                Assert.Equal(Tensor(model.Build(), name).RawData, Tensor(quantized, name).RawData);
        }
    }

    [Fact]
    public async Task A_table_that_a_node_reads_in_float_stays()
    {
        var model = TokenModels.Apart(21).Node("Mul", ["table", "table"], "squares").Output("squares", TokenModels.Tokens, TokenModels.Width);
        var shared = TokenModels.Shared(21, "Gemm");

        var (report, _) = await Quantize(model.Input("z", 1).Node("Add", ["table", "z"], "other").Output("other", -1, -1), r => r);
        Assert.Contains("(Add) reads its table in float", Assert.Single(report.Embeddings).Reason, StringComparison.Ordinal);
        var (kept, quantized) = await Quantize(shared, r => r with { Exclude = ["y"] });
        Assert.Contains("reads its table in float", Assert.Single(kept.Embeddings).Reason, StringComparison.Ordinal);
        Assert.Equal(4L * TokenModels.Tokens * TokenModels.Width, kept.Embeddings[0].Bytes);
        Assert.Equal(Tensor(shared.Build(), "table").RawData, Tensor(quantized, "table").RawData);
    }

    [Fact]
    public async Task Products_in_the_body_of_a_loop_are_told()
    {
        var body = new ModelBuilder(21, 10).Input("i", DataType.Int64).Input("go", DataType.Bool).Input("h", 4, 32)
            .Random("inner.weight", 32, 32).Node("Identity", ["go"], "go on").Node("MatMul", ["h", "inner.weight"], "h2")
            .Output("go on", DataType.Bool).Output("h2", 4, 32);
        var model = new ModelBuilder(21, 10).Input("x", 4, 32).Random("w", 32, 32).Node("MatMul", ["x", "w"], "a").Longs("three", 3)
            .Node("Loop", ["three", "", "a"], "y", node => node.SetGraph("body", body.Build().Graph)).Output("y", 4, 32);

        var (report, _) = await Quantize(model, r => r);

        var left = Assert.Single(report.LeftInFloat);
        Assert.Equal(("y", "Loop"), (left.Name, left.Operator));
        Assert.StartsWith("1 MatMul inside it stays in float", left.Reason, StringComparison.Ordinal);
    }

    /// <summary>The model computes what the float one does with the numbers of the plans in the place of its own.</summary>
    private static void SameAsPlans(ModelBuilder original, QuantizationReport report, OnnxModel model)
    {
        var expected = original.Build();
        var plans = report.Plan.WeightOnlyLayers;
        var table = plans.Single(plan => plan.Operator == "Gather").Plan;
        Replace("table", table);
        Replace("a.weight", plans.Single(plan => plan.Name == "a").Plan);
        if (expected.Graph.Initializer.Any(tensor => tensor.Name == "head.weight"))
            Replace("head.weight", plans.Single(plan => plan.Name == "y").Plan);
        Assert.Equal(TokenModels.Run(expected, OrtExecution.Plain), TokenModels.Run(model, OrtExecution.Plain));
        var ratio = Quantized.SqnrDb(TokenModels.Run(expected, OrtExecution.Plain), TokenModels.Run(model, OrtExecution.All));
        Assert.True(ratio > 35, FormattableString.Invariant($"{ratio:F1} dB"));

        void Replace(string name, WeightOnlyLayer plan)
        {
            var tensor = Tensor(expected, name);
            var rounded = TensorData.Make(name, tensor.Dims, WeightOnlyPlanner.FakeQuantizedWeights(plan).AsSpan());
            expected.Graph.Initializer[expected.Graph.Initializer.IndexOf(tensor)] = rounded;
        }
    }

    private static async Task<(QuantizationReport Report, OnnxModel Model)> Quantize(
        ModelBuilder model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest> with)
    {
        var report = await OnnxQuantizer.QuantizeWeightsAsync(with(new QuantizeWeightsRequest { Model = model.Build().ToBytes() }));
        return (report, OnnxModel.Load(report.QuantizedModel));
    }

    private static TensorProto Tensor(OnnxModel model, string name) => model.Graph.Initializer.Single(tensor => tensor.Name == name);

    private static WeightType TypeOf(string name) => name == "int4" ? WeightType.Int4 : WeightType.Int8;
}
