using QuantFunctional.Onnx.Comparison;
using QuantFunctional.Onnx.Planning;

namespace QuantFunctional.Onnx.Refinement;

/// <summary>
/// Gives tensors their least squares ranges where that lowers the measured error of the outputs: all at once, and where that
/// does not, in halves.
/// </summary>
internal static class RangeRefinement
{
    /// <summary>The ranges of least measured error.</summary>
    /// <param name="measured">The network with the extremes for ranges.</param>
    /// <param name="graph">Its tensors in the order of the data.</param>
    /// <param name="encodings">The encodings with ranges chosen in some way.</param>
    /// <param name="evaluations">How often may be measured.</param>
    internal static RangeChoice Of(
        MeasuredNetwork measured, RoundedGraph graph, Func<RangeChoice, TensorEncodings> encodings, int evaluations)
    {
        var extremes = encodings(RangeChoice.MinMax);
        var squares = encodings(RangeChoice.Of(RangeMethod.LeastSquares));
        // a group of tensors of one encoding is narrowed with its first tensor
        var candidates = graph.Tensors
            .Where(tensor => tensor.WeightsOf is null)
            .Select(tensor => extremes.GroupOf(tensor.Tensor))
            .Distinct()
            .Where(tensor => !extremes.Of(tensor).Equals(squares.Of(tensor)))
            .ToArray();
        var narrowed = new HashSet<string>();
        if (candidates.Length == 0)
            return Chosen(narrowed);
        var least = measured.Errors(extremes);
        var open = new PriorityQueue<string[], int>();
        open.Enqueue(candidates, 0);
        while (measured.Evaluations < evaluations && open.TryDequeue(out var chunk, out _))
        {
            var errors = measured.Errors(encodings(Chosen([.. narrowed, .. chunk])));
            if (errors.IsBetterThan(least))
            {
                least = errors;
                narrowed.UnionWith(chunk);
                continue;
            }

            var half = chunk.Length / 2;
            if (half == 0)
                continue;
            foreach (var part in new[] { chunk[..half], chunk[half..] })
                open.Enqueue(part, -part.Length);
        }

        return Chosen(narrowed);
    }

    private static RangeChoice Chosen(HashSet<string> narrowed) => new(RangeMethod.Auto, narrowed);
}
