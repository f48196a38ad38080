using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Keeps in float what no sample gives a value to, since nothing is known of its range.</summary>
internal static class Unseen
{
    /// <summary>The nodes that stay in float with the reason.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme, Observations observed) =>
        from node in scheme.Integers
        where node.Inputs.Concat(node.Outputs).Any(observed.IsUnseen)
        select KeyValuePair.Create(
            node.Node.DisplayName(), "no calibration sample gives it a value: add samples that run the branch which it is in, or that have a past");
}
