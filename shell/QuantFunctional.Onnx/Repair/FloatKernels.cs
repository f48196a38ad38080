using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Reporting;

namespace QuantFunctional.Onnx.Repair;

/// <summary>Layers of integers that ONNX Runtime nevertheless runs in float on the machine at hand.</summary>
/// <remarks>
/// x64 makes signed activations unsigned where each has one reader, and leaves other layers between their conversions in
/// float by default. Float kernels add in another order on each processor, which decides now and then how a tie is rounded.
/// </remarks>
internal static class FloatKernels
{
    private static readonly string[] Layers = ["Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"];

    /// <summary>How many there are.</summary>
    /// <exception cref="QuantException">ONNX Runtime does not load the model.</exception>
    internal static int Count(OnnxModel model)
    {
        var read = IntegerModel.Load(model, Profiles.OnnxRuntime);
        var products = read.Products.Select(product => product.Name).ToHashSet();
        var meant = read.InFloat.Count(node => Layers.Contains(node.Operator) && !products.Contains(node.Name));
        var found = FusedGraph.Count(model)
            .Where(count => count.Kind == OperatorKind.Float && Layers.Contains(count.Operator))
            .Sum(count => count.Count);
        return Math.Max(0, found - meant);
    }

    /// <summary>What a user should know of them.</summary>
    internal static ReportWarning Warning(int count) => Diagnostics.LayersInFloat.Warn(
        $"ONNX Runtime runs {(count == 1 ? "1 layer" : $"{count} layers")} of it in float on this machine: x64 takes signed "
        + "activations as integers only where each has one reader, and what float kernels make of a tie is not the same on "
        + "every processor; with session.qdqisint8allowed=1 they run on integers");
}
