using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>Gives tensors their least squares ranges where that lowers the measured error of the outputs.</summary>
internal static class RangeRefinement
{
    /// <summary>The ranges of least measured error.</summary>
    /// <param name="measured">The network.</param>
    /// <param name="graph">Its tensors in the order of the data.</param>
    /// <param name="encodings">The encodings with ranges chosen in some way.</param>
    /// <param name="measurements">How often may be measured.</param>
    internal static RangeChoice Of(
        MeasuredNetwork measured, RoundedGraph graph, Func<RangeChoice, TensorEncodings> encodings, int measurements)
    {
        var extremes = encodings(RangeChoice.MinMax);
        var squares = encodings(RangeChoice.Of(RangeMethod.LeastSquares));
        // tensors of one encoding are narrowed together
        var candidates = graph.Tensors
            .Where(tensor => tensor.WeightsOf is null)
            .Select(tensor => extremes.GroupOf(tensor.Tensor))
            .Distinct()
            .Where(tensor => !extremes.Of(tensor).Equals(squares.Of(tensor)))
            .ToArray();
        return candidates.Length == 0
            ? RangeChoice.MinMax
            : Chosen(Halving.Kept(
                candidates, measured.Errors(extremes), narrowed => measured.Errors(encodings(Chosen(narrowed))), measurements));
    }

    private static RangeChoice Chosen(HashSet<string> narrowed) => new(RangeMethod.Auto, narrowed);
}
