using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;
using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Preparation;

/// <summary>Networks as they are found in the world.</summary>
public class RealModelTests
{
    [SharedTheory]
    [InlineData("mnist.onnx", "Add×0 Conv×2 Gemm×1 MaxPool×2 Relu×2 Reshape×1", 0f, 255f)]
    [InlineData("ic_resnet8.onnx", "", 0f, 255f)]
    [InlineData("ultraface.onnx", "", -1f, 1f)]
    public void A_prepared_network_has_these_operators_and_computes_the_same(
        string file, string operators, float low, float high)
    {
        var original = OnnxModel.Load(Shared.Model(file));
        var before = original.ToBytes();

        var prepared = ModelPreparation.Prepare(original);

        Assert.Equal(before, original.ToBytes());
        for (var seed = 1; seed <= 3; seed++)
        {
            var inputs = Run.RandomInputs(original, seed, low, high);
            var d = Run.LargestDifference(original, prepared, inputs);
            Console.Error.WriteLine($"{file} {d}");
        }
        Assert.Equal(operators, Operators(prepared));
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

    private static string Operators(OnnxModel model) => string.Join(' ', model.Graph.Node
        .GroupBy(n => n.OpType, (op, nodes) => FormattableString.Invariant($"{op}×{nodes.Count()}"))
        .Order(StringComparer.Ordinal));
}
