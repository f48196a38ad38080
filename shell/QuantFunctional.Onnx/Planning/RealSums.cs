using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps an Add in float that normalizations in float read, and nothing on integers, as the residual sums of a transformer: its result
/// is made real again at once, and each sum of a chain would round what came before.
/// </summary>
internal static class RealSums
{
    private const string Reason = "its sum is read as real numbers alone, by a normalization, and rounding it would gain nothing";

    private static readonly HashSet<string> Normalizations =
    [
        "BatchNormalization", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "LpNormalization",
        "MeanVarianceNormalization", "RMSNormalization", "ReduceMean", "SimplifiedLayerNormalization",
    ];

    /// <summary>The nodes that stay in float with the reason: such sums, and what only moves them.</summary>
    /// <param name="scheme">What runs in integers.</param>
    /// <param name="apart">The nodes that stay in float for other reasons.</param>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme, IReadOnlySet<string> apart)
    {
        var real = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (var node in scheme.Index.TopologicalOrder.Reverse())
        {
            if (scheme.IntegerForm(node) is { } form && (form.Node.Is("Add") || form.Kernel == IntegerKernel.Moves)
                && form.Layer is null && form.Outputs.All(IsReadAsReal))
                real.Add(node);
        }

        // a mover of what is made in integers moves them as well
        return real.Where(node => EndsInSum(node)).Select(node => KeyValuePair.Create(node.DisplayName(), Reason));

        bool IsReadAsReal(string tensor) =>
            !scheme.Index.IsGraphOutput(tensor) && scheme.Index.Consumers(tensor) is { Count: > 0 } readers && readers.All(IsReal)
            && readers.Any(reader => real.Contains(reader) || Normalizations.Contains(reader.OpType));

        bool IsReal(NodeProto reader) =>
            real.Contains(reader) || apart.Contains(reader.DisplayName()) || (scheme.IntegerForm(reader) is null && !scheme.IsAbsorbed(reader));

        bool EndsInSum(NodeProto node)
        {
            while (!node.Is("Add"))
            {
                if (scheme.Index.Producer(node.Input[0]) is not { } maker || !real.Contains(maker))
                    return false;
                node = maker;
            }

            return true;
        }
    }
}
