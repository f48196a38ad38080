using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps what a comparison reads in float where it compares a real tensor with what is chosen of it: rounded, the largest of its
/// neighbours would hardly ever be equal to an element itself, as peaks are found.
/// </summary>
internal static class Comparisons
{
    private static readonly HashSet<string> Operators = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"];

    /// <summary>The nodes that stay in float with the reason.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme)
    {
        foreach (var node in scheme.Index.TopologicalOrder.Where(node => Operators.Contains(node.OpType) && node.Input.Count == 2))
        {
            var (first, second) = (Chosen(node.Input[0], scheme), Chosen(node.Input[1], scheme));
            if (first.Source != second.Source || scheme.IsWrittenInIntegers(first.Source))
                continue;
            foreach (var mover in first.Movers.Concat(second.Movers))
            {
                yield return KeyValuePair.Create(
                    mover.DisplayName(),
                    $"node {node.DisplayName()} ({node.OpType}) compares its result with `{first.Source}` itself, which is in float");
            }
        }
    }

    /// <summary>What a tensor was moved or chosen from, and by which nodes that run in integers.</summary>
    private static (string Source, IReadOnlyList<NodeProto> Movers) Chosen(string tensor, Scheme scheme)
    {
        var movers = new List<NodeProto>();
        while (scheme.Index.Producer(tensor) is { } maker && scheme.IntegerForm(maker) is { Kernel: IntegerKernel.Moves })
        {
            movers.Add(maker);
            tensor = maker.Input[0];
        }

        return (tensor, movers);
    }
}
