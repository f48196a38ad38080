using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Takes the mean error of rounded weights out of biases where that lowers the measured error of the outputs.</summary>
internal static class BiasRefinement
{
    /// <summary>The layers whose biases are corrected.</summary>
    /// <param name="measured">The network with every bias corrected.</param>
    /// <param name="graph">Its layers in the order of the data.</param>
    /// <param name="encodings">The encodings of its tensors.</param>
    /// <param name="measurements">How often may be measured.</param>
    internal static HashSet<NodeProto> Of(
        MeasuredNetwork measured, RoundedGraph graph, TensorEncodings encodings, int measurements)
    {
        var layers = graph.Corrections.Select(correction => correction.Layer).ToArray();
        return layers.Length == 0
            ? []
            : Halving.Kept(
                layers, measured.Errors(encodings, _ => false), corrected => measured.Errors(encodings, corrected.Contains), measurements);
    }
}
