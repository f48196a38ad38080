using QuantFunctional.Onnx.Execution;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Networks as they are found in the world.</summary>
public class RealModelTests
{
    [SharedTheory]
    [InlineData("mnist.onnx", 0f, 255f, "Conv×2 Gemm×1 MaxPool×2 Relu×2 Reshape×1")]
    [InlineData("ic_resnet8.onnx", 0f, 255f,
        "Add×3 AveragePool×1 Conv×9 Gemm×1 Relu×7 Reshape×1 Softmax×1 Transpose×2")]
    [InlineData("ultraface.onnx", -1f, 1f,
        "Add×3 Concat×5 Conv×52 Exp×1 Mul×6 Relu×37 Reshape×8 Slice×6 Softmax×1 Sub×1 Transpose×8")]
    public void A_prepared_network_has_fewer_operators_and_computes_the_same(
        string file, float low, float high, string operators)
    {
        var original = OnnxModel.Load(Shared.Model(file));
        var before = original.ToBytes();

        var prepared = ModelPreparation.Prepare(original);

        Assert.Equal(operators, Operators(prepared));
        Assert.Equal(before, original.ToBytes());
        Assert.Equal(original.Inputs, prepared.Graph.Input);
        Assert.Equal(original.Graph.Output, prepared.Graph.Output);
        for (var seed = 1; seed <= 3; seed++)
        {
            var inputs = Run.RandomInputs(original, seed, low, high);
            Assert.InRange(Run.LargestDifference(original, prepared, inputs), 0, 1e-5);
        }
    }

    [SharedTheory]
    [InlineData("mnist.onnx")]
    [InlineData("ic_resnet8.onnx")]
    [InlineData("ultraface.onnx")]
    public void Preparing_again_or_twice_gives_the_same_bytes(string file)
    {
        var original = OnnxModel.Load(Shared.Model(file));

        var once = ModelPreparation.Prepare(original);

        Assert.Equal(once.ToBytes(), ModelPreparation.Prepare(original).ToBytes());
        Assert.Equal(once.ToBytes(), ModelPreparation.Prepare(once).ToBytes());
    }

    [SharedFact]
    public void A_network_that_is_quantized_already_is_refused_by_file_and_node()
    {
        var model = OnnxModel.Load(Shared.Model("ic_resnet8_ref_int8_qdq.onnx"));

        var refusal = Assert.Throws<QuantFunctional.QuantException>(() => ModelPreparation.Prepare(model));

        Assert.Equal(QuantFunctional.FaultKind.BadInput, refusal.Kind);
        Assert.Contains("ic_resnet8_ref_int8_qdq.onnx: already quantized", refusal.Message);
        Assert.Contains("QuantizeLinear", refusal.Message);
    }

    private static string Operators(OnnxModel model) => string.Join(' ', model.Graph.Node
        .GroupBy(n => n.OpType, (op, nodes) => FormattableString.Invariant($"{op}×{nodes.Count()}"))
        .Order(StringComparer.Ordinal));
}
