using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>Models of which the weights alone become integers.</summary>
public class WeightOnlyTests
{
    public static TheoryData<string, long, int?> Products
    {
        get
        {
            var data = new TheoryData<string, long, int?>();
            foreach (var type in new[] { "int8", "int4", "uint4" })
            {
                foreach (var opset in new long[] { 8, 13, 17, 21, 23 })
                {
                    data.Add(type, opset, 32);
                    data.Add(type, opset, null);
                }

                foreach (var block in new[] { 16, 64, 128, 256 })
                    data.Add(type, 13, block);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Products_of_every_form_run_in_MatMulNBits(string type, long opset, int? block)
    {
        // 70 inputs are no multiple of any block, and 5 outputs are odd
        var model = new ModelBuilder(opset, opset < 21 ? 8 : 10)
            .Input("x", 3, 70)
            .Gemm("x", "a", 70, 33)
            .Node("Relu", ["a"], "b")
            .Random("c.weight", 40, 33)
            .Random("c.bias", 40)
            .Node("Gemm", ["b", "c.weight", "c.bias"], "c", "transB=1")
            .Random("y.weight", 40, 5)
            .Node("MatMul", ["c", "y.weight"], "y")
            .Output("y");

        var result = Quantize(model, r => r with { Type = TypeOf(type), ZeroPoints = type == "uint4", BlockSize = block });

        Assert.Equal(3, CountOf(result.Report, "MatMulNBits"));
        Assert.Equal(0, CountOf(result.Report, "Gemm") + CountOf(result.Report, "MatMul"));
        Assert.Empty(result.Report.Warnings);
        Assert.All(result.Report.WeightOnlyLayers, layer =>
            Assert.Equal((type, block ?? (type == "int8" ? null : 32)), (layer.Weights, layer.BlockSize)));
        Assert.Equal(type != "uint4", result.Plan.WeightOnlyLayers.Any(layer => layer.Plan.Steps.Any(step => step < 0)));
        Assert.Equal(type == "int8" && block is null ? Math.Max(opset, 13) : Math.Max(opset, 21), result.Model.Opset);
        ExpectNear(result, type == "int8" ? 30 : 15);
    }

    [Theory]
    [InlineData(8, 3, 13, 7)]
    [InlineData(13, 7, 13, 7)]
    [InlineData(16, 8, 16, 8)]
    [InlineData(20, 9, 20, 9)]
    public void Eight_bits_keep_the_opset_and_the_version_of_the_format(long opset, long ir, long opsetAfter, long irAfter)
    {
        var result = Quantize(new ModelBuilder(opset, ir).Input("x", 4, 32).Gemm("x", "y", 32, 8).Output("y"));

        Assert.Equal((opsetAfter, irAfter), (result.Model.Opset, result.Model.Proto.IrVersion));
        Assert.Null(Assert.Single(result.Report.WeightOnlyLayers).BlockSize);
        Assert.DoesNotContain(result.Model.Graph.Node, node => node.Attribute.Any(attribute => attribute.Name == "block_size"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_runs_is_the_plan(bool zeroPoints)
    {
        var model = new ModelBuilder().Input("x", 70, 70).Random("w", 70, 5).Node("MatMul", ["x", "w"], "y").Output("y");
        var result = Quantize(model, r => r with { Type = WeightType.Int4, ZeroPoints = zeroPoints });

        var plan = Assert.Single(result.Plan.WeightOnlyLayers).Plan;
        var rounded = WeightOnlyPlanner.FakeQuantizedWeights(plan);
        var expected = new ModelBuilder()
            .Input("x", 70, 70).Floats("w", [70, 5], rounded).Node("MatMul", ["x", "w"], "y").Output("y").Build();

        Assert.Equal(result.Samples.Run(expected, OrtExecution.Plain)["y"], result.Samples.Run(result.Model, OrtExecution.Plain)["y"]);
        Assert.Equal(WeightGranularity.NewPerGroup(32), plan.Request.Granularity);
    }

    [Fact]
    public void Inputs_of_more_axes_and_weights_that_several_nodes_read_are_quantized_too()
    {
        var model = new ModelBuilder()
            .Input("x", 2, 3, 48)
            .Random("w", 48, 48)
            .Node("MatMul", ["x", "w"], "a")
            .Node("MatMul", ["a", "w"], "y")
            .Output("y");

        var result = Quantize(model);

        Assert.Equal(2, CountOf(result.Report, "MatMulNBits"));
        ExpectNear(result, 30);
    }

    [Theory]
    [InlineData("Relu", 2)]
    [InlineData("Relu", 3)]
    [InlineData("Tanh", 2)]
    [InlineData("LeakyRelu", 3)]
    [InlineData("Gelu", 3)]
    public void An_activation_after_a_product_with_a_bias_does_not_keep_the_weights_from_their_kernel(string activation, int rank)
    {
        var model = new ModelBuilder(20, 9)
            .Input("x", rank == 2 ? [6, 64] : [2, 3, 64])
            .Random("a.weight", 64, 32)
            .Random("a.bias", 32)
            .Node("MatMul", ["x", "a.weight"], "a")
            .Node("Add", ["a", "a.bias"], "b")
            .Node(activation, ["b"], "c")
            .Random("y.weight", 32, 8)
            .Node("MatMul", ["c", "y.weight"], "y")
            .Output("y");

        var result = Quantize(model);

        Assert.Equal(2, CountOf(result.Report, "MatMulNBits"));
        Assert.Empty(result.Report.Warnings);
        ExpectNear(result, 30);
    }

    [Fact]
    public void Convolutions_excluded_nodes_and_products_of_activations_stay_in_float_with_a_reason()
    {
        var model = new ModelBuilder()
            .Input("x", 1, 2, 8, 8)
            .Conv("x", "a", 2, 4)
            .Node("MatMul", ["a", "a"], "b")
            .Random("c.weight", 8, 8)
            .Node("MatMul", ["b", "c.weight"], "c")
            .Random("y.weight", 8, 5)
            .Node("MatMul", ["c", "y.weight"], "y")
            .Output("y");

        var result = Quantize(model, r => r with { Exclude = ["c"] });

        Assert.Equal("y", Assert.Single(result.Report.WeightOnlyLayers).Name);
        var left = result.Report.LeftInFloat.ToDictionary(node => node.Name, node => node.Reason);
        Assert.Contains("no kernel for a convolution", left["a"]);
        Assert.Equal("dynamic weight", left["b"]);
        Assert.Equal("excluded by the user", left["c"]);
        Assert.Equal(left.Count, result.Plan.LeftInFloat.Count);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(20)]
    public void Reductions_and_splits_mean_the_same_in_the_opset_that_blocks_need(long opset)
    {
        var model = new ModelBuilder(opset, 9)
            .Input("x", 4, 32)
            .Random("w", 32, 8)
            .Node("MatMul", ["x", "w"], "a")
            .Node("Split", ["a"], ["b", "c"], node => node.Set(opset < 18 ? "axis=1" : "axis=1 num_outputs=2"))
            .Node("Sub", ["b", "c"], "d");
        if (opset < 18)
            model.Node("ReduceMax", ["d"], "y", "axes=1, keepdims=0").Output("y");
        else
            model.Longs("axes", 1).Node("ReduceMax", ["d", "axes"], "y", "keepdims=0").Output("y");

        var result = Quantize(model, r => r with { BlockSize = 32 });

        Assert.Equal(21, result.Model.Opset);
        Assert.Equal(10, result.Model.Proto.IrVersion);
        ExpectNear(result, 28);
    }

    [Fact]
    public void An_operator_that_may_have_changed_is_refused()
    {
        var model = new ModelBuilder(16)
            .Input("x", 1, 1, 4, 4)
            .Input("grid", 1, 4, 4, 2)
            .Random("w", 4, 4)
            .Node("GridSample", ["x", "grid"], "a")
            .Node("MatMul", ["a", "w"], "y")
            .Output("y");

        Assert.Contains("(GridSample)", Check.Refusal(() => Quantize(model, r => r with { BlockSize = 32 })));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(48)]
    [InlineData(512)]
    public void Blocks_that_the_kernel_does_not_run_are_refused(int block)
    {
        var model = new ModelBuilder().Input("x", 2, 8).Gemm("x", "y", 8, 2).Output("y");

        Assert.Contains("16, 32, 64, 128, 256", Check.Refusal(() => Quantize(model, r => r with { BlockSize = block })));
    }

    [Fact]
    public void A_model_without_products_is_refused()
    {
        var model = new ModelBuilder().Input("x", 1, 2, 8, 8).Conv("x", "y", 2, 4).Output("y");

        Assert.Contains("nothing to quantize", Check.Refusal(() => Quantize(model)));
    }

    private static (QuantizationReport Report, OnnxModel Original, OnnxModel Model, PlanDocument Plan, Samples Samples) Quantize(
        ModelBuilder model, Func<QuantizeWeightsRequest, QuantizeWeightsRequest>? with = null)
    {
        using var folder = new TemporaryFolder();
        var original = model.Build();
        var request = new QuantizeWeightsRequest
        {
            Model = folder.Write("model.onnx", original.ToBytes()),
            PlanPath = folder.File("plan.json"),
        };
        request = with?.Invoke(request) ?? request;
        var report = OnnxQuantizer.QuantizeWeightsAsync(request).GetAwaiter().GetResult();
        Assert.Equal(folder.File($"model.w{request.Type.Bits}.onnx"), report.OutputPath);
        return (
            report, original, OnnxModel.Load(report.QuantizedModel), PlanFile.Read(request.PlanPath!),
            Samples.Random(original, 4));
    }

    private static void ExpectNear(
        (QuantizationReport Report, OnnxModel Original, OnnxModel Model, PlanDocument Plan, Samples Samples) result, double sqnrDb)
    {
        var expected = result.Samples.Run(result.Original, OrtExecution.Plain)["y"];
        foreach (var execution in new[] { OrtExecution.Plain, OrtExecution.Extended, OrtExecution.All })
        {
            var ratio = Quantized.SqnrDb(expected, result.Samples.Run(result.Model, execution)["y"]);
            Assert.True(ratio >= sqnrDb, FormattableString.Invariant($"{execution}: {ratio:F1} dB"));
        }
    }

    private static int CountOf(QuantizationReport report, string opType) =>
        report.Operators.Where(o => o.Operator == opType).Sum(o => o.Count);

    private static WeightType TypeOf(string name) => name == "int8" ? WeightType.Int8 : WeightType.Int4;
}
