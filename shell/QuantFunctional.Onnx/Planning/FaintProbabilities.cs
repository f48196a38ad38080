using System.Globalization;
using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>
/// Keeps a Softmax in float whose probabilities are mostly smaller than a step: ONNX Runtime's kernel has steps of 1/256 alone, and a row
/// of many elements that are nearly alike has no larger ones.
/// </summary>
internal static class FaintProbabilities
{
    // 20 dB: as much as three and a half bits hold
    private const double LeastRatio = 100;

    /// <summary>The nodes that stay in float with the reason.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> InFloat(Scheme scheme, Observations observed) =>
        from node in scheme.Integers
        where node.Kernel == IntegerKernel.Softmax
            && observed.Probabilities.TryGetValue(node.Outputs[0], out var ratio) && ratio < LeastRatio
        select KeyValuePair.Create(node.Node.DisplayName(), string.Create(
            CultureInfo.InvariantCulture,
            $"its probabilities are so small that ONNX Runtime's steps of 1/256 would leave them {10 * Math.Log10(observed.Probabilities[node.Outputs[0]]):F1} dB"));
}
