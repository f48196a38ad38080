using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Quantization;

/// <summary>What is added behind a product whose weights alone become integers.</summary>
public sealed class ResidualTests
{
    [Theory]
    [InlineData(2, "residual", 1)]
    [InlineData(2, "residual first", 1)]
    [InlineData(2, "product", 2)]
    [InlineData(2, "product with another reader", 1)]
    [InlineData(2, "bias", 0)]
    [InlineData(3, "residual", 0)]
    public async Task What_is_added_to_a_product_of_matrices_does_not_keep_the_weights_from_their_kernel(int rank, string added, int apart)
    {
        var model = new ModelBuilder().Input("x", rank == 2 ? [6, 64] : [2, 3, 64])
            .Random("a.weight", 64, 64).Node("MatMul", ["x", "a.weight"], "a")
            .Random("b.weight", 64, 64).Node("MatMul", ["x", "b.weight"], "b").Random("bias", 64)
            .Node("Add", added switch
            {
                "residual" => ["a", "x"],
                "residual first" => ["x", "a"],
                "bias" => ["a", "bias"],
                _ => ["a", "b"],
            }, "c")
            .Node("Sub", ["c", added == "product" ? "x" : "b"], "d")
            .Random("y.weight", 64, 8).Node("MatMul", ["d", "y.weight"], "y").Output("y").Build();

        var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = model.ToBytes() });

        var quantized = OnnxModel.Load(report.QuantizedModel);
        Assert.Equal(3, report.Operators.Single(o => o.Operator == "MatMulNBits").Count);
        Assert.Empty(report.Warnings);
        Assert.Equal(apart, quantized.Graph.Node.Count(node => node.Is("Max")));
        var samples = Samples.Random(model, 4);
        var expected = samples.Run(model, OrtExecution.Plain)["y"];
        foreach (var execution in new[] { OrtExecution.Plain, OrtExecution.Extended, OrtExecution.All })
            Assert.InRange(Quantized.SqnrDb(expected, samples.Run(quantized, execution)["y"]), 30, 200);
    }
}
