using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps an Add or Mul in float that nothing on integers reads, but what adds many of its elements up, as a normalization behind the
/// residual sums of a transformer or the sum of probabilities times places: its result is made real again at once, and what was rounded
/// away adds up.
/// </summary>
internal static class RealSums
{
    private const string Reason = "its result is read as real numbers alone, by what adds it up, and rounding it would gain nothing";

    private static readonly HashSet<string> Adding =
    [
        "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "LpNormalization",
        "MeanVarianceNormalization", "RMSNormalization", "ReduceL2", "ReduceMean", "ReduceSum", "ReduceSumSquare", "SimplifiedLayerNormalization",
    ];

    /// <summary>The nodes that stay in float with the reason: such sums, and what only moves them.</summary>
    /// <param name="scheme">What runs in integers.</param>
    /// <param name="apart">The nodes that stay in float for other reasons.</param>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme, IReadOnlySet<string> apart)
    {
        var real = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in scheme.Index.TopologicalOrder.Reverse())
        {
            if (scheme.IntegerForm(node) is { } form && (IsComputed(form.Node) || form.Kernel == IntegerKernel.Moves)
                && form.Layer is null && form.Outputs.All(IsReadAsReal))
                real.Add(node);
        }

        // a mover of what is made in integers moves them as well
        return real.Where(EndsInSum).Select(node => KeyValuePair.Create(node.DisplayName(), Reason));

        bool IsReadAsReal(string tensor) =>
            !scheme.Index.IsGraphOutput(tensor) && scheme.Index.Consumers(tensor) is { Count: > 0 } readers && readers.All(IsReal)
            && readers.Any(reader => real.Contains(reader) || Adding.Contains(reader.OpType));

        bool IsReal(NodeProto reader) =>
            real.Contains(reader) || apart.Contains(reader.DisplayName()) || (scheme.IntegerForm(reader) is null && !scheme.IsAbsorbed(reader));

        static bool IsComputed(NodeProto node) => node.Is("Add") || node.Is("Mul");

        bool EndsInSum(NodeProto node)
        {
            while (!IsComputed(node))
            {
                if (scheme.Index.Producer(node.Input[0]) is not { } maker || !real.Contains(maker))
                    return false;
                node = maker;
            }

            return true;
        }
    }
}
