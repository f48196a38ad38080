using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Reporting;

/// <summary>
/// Finds a node that must stay in float, so that ONNX Runtime does not break its own graph: its layout pass pulls transposes
/// through a cubic Resize between two layers, for one, and refuses what comes out.
/// </summary>
internal static class RuntimeRefusal
{
    // each try opens a session
    private const int MostTries = 24;

    /// <summary>The node to keep in float with the reason; none where ONNX Runtime loads the model, or nothing helps.</summary>
    /// <param name="quantized">The quantized model.</param>
    /// <param name="scheme">What runs in integers.</param>
    /// <param name="without">The quantized model without the integers of a node.</param>
    internal static IReadOnlyDictionary<string, string> Culprit(OnnxModel quantized, Scheme scheme, Func<IReadOnlyList<string>, OnnxModel> without)
    {
        if (!scheme.Floats.Any() || Refusal(quantized) is not { } refusal)
            return new Dictionary<string, string>();
        foreach (var (neighbour, node) in Neighbours(scheme, refusal).Take(MostTries))
        {
            List<string> names = [.. neighbour.Nodes.Select(one => one.DisplayName())];
            if (Refusal(without(names)) is null)
            {
                return names.ToDictionary(
                    name => name,
                    _ => $"beside it in integers ONNX Runtime breaks node {node.DisplayName()} ({node.OpType}), and refuses the model");
            }
        }

        return new Dictionary<string, string>();
    }

    /// <summary>What stands in integers next to a float node, first beside operators that the refusal names.</summary>
    private static IEnumerable<(IntegerNode Node, NodeProto Beside)> Neighbours(Scheme scheme, string refusal) => scheme.Floats
        .Select(left => left.Node)
        .OrderBy(node => refusal.Contains(node.OpType, StringComparison.Ordinal) ? 0 : 1)
        .SelectMany(node => scheme.Integers
            .Where(form => form.Inputs.Any(node.Output.Contains) || form.Outputs.Any(node.Input.Contains))
            .Select(form => (form, node)))
        .DistinctBy(found => found.form.Node);

    private static string? Refusal(OnnxModel model)
    {
        try
        {
            using var options = OrtSessions.Options(threads: 1);
            OrtSessions.Open(model, options).Dispose();
            return null;
        }
        catch (QuantException fault)
        {
            return fault.Message;
        }
    }
}
