using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantFunctional;
using QuantFunctional.Onnx;
using QuantFunctional.Onnx.Model;
using Shell.Tests.Support;
using Xunit;
using static QuantFunctional.Onnx.Format.TensorProto.Types;

namespace Shell.Tests.Quantization;

/// <summary>In ONNX Runtime a shared table has the same numbers for the embedding and for the head, whatever its size.</summary>
public sealed class SharedTableTests
{
    [Fact]
    public async Task Rows_that_are_gathered_are_the_columns_that_are_multiplied_by()
    {
        var random = new Random(7);
        for (var run = 0; run < 12; run++)
        {
            var (tokens, width, opset) = (random.Next(2, 90), random.Next(16, 80), random.Next(2) == 0 ? 13 : 21);
            int? block = new int?[] { null, 16, 32, 64 }[random.Next(4)];
            var type = random.Next(2) == 0 ? WeightType.Int4 : WeightType.Int8;
            var model = new ModelBuilder(opset, opset < 21 ? 8 : 10)
                .Input("ids", DataType.Int64, -1, 1).Input("x", -1, width).Random("table", tokens, width)
                .Node("Gather", ["table", "ids"], "rows").Node("Transpose", ["table"], "turned", "perm=1,0").Node("MatMul", ["x", "turned"], "y")
                .Output("rows", -1, 1, width).Output("y", -1, tokens);

            var report = await OnnxQuantizer.QuantizeWeightsAsync(new QuantizeWeightsRequest { Model = model.Build().ToBytes(), Type = type, BlockSize = block });

            Assert.Equal(["y"], Assert.Single(report.Embeddings).SharedWith);
            var (rows, columns) = Run(OnnxModel.Load(report.QuantizedModel), tokens, width);
            Assert.All(Enumerable.Range(0, rows.Length), at => Assert.Equal(rows[at], columns[(at % width * tokens) + (at / width)]));
        }
    }

    /// <summary>All rows that are gathered, and the product of the unit matrix.</summary>
    private static (float[] Rows, float[] Columns) Run(OnnxModel model, int tokens, int width)
    {
        var unit = new DenseTensor<float>([width, width]);
        for (var at = 0; at < width; at++)
            unit[at, at] = 1;
        long[] ids = [.. Enumerable.Range(0, tokens).Select(at => (long)at)];
        using var options = OrtExecution.Plain.Options();
        using var session = new InferenceSession(model.ToBytes(), options);
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("ids", new DenseTensor<long>(ids, [tokens, 1])), NamedOnnxValue.CreateFromTensor("x", unit)]);
        return ([.. results[0].AsTensor<float>()], [.. results[1].AsTensor<float>()]);
    }
}
