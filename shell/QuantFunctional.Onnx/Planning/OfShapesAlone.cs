using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps in float what is computed of shapes and constants alone, such as positions and grids: its range is that of the length that
/// was calibrated, and another length would leave it.
/// </summary>
internal static class OfShapesAlone
{
    /// <summary>The nodes that stay in float with the reason.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme)
    {
        var alone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in scheme.Index.TopologicalOrder)
        {
            var isShape = node.Is("Shape") || node.Is("Size");
            if (!isShape && !(GraphWalk.Reads(node).Any(alone.Contains) && GraphWalk.Reads(node).All(IsAlone)))
                continue;
            alone.UnionWith(node.Output);
            if (!isShape && scheme.IntegerForm(node) is not null)
                yield return KeyValuePair.Create(node.DisplayName(), "it is computed of shapes alone, and another length would leave the range that was calibrated");
        }

        bool IsAlone(string tensor) => tensor.Length == 0 || alone.Contains(tensor) || scheme.Index.Initializer(tensor) is not null;
    }
}
