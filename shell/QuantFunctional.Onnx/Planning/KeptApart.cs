using QuantFunctional.Onnx.Judging;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>All that is better left in float before any step is chosen, by what the samples show and by who reads it.</summary>
internal static class KeptApart
{
    /// <summary>The nodes that stay in float with the reason; the first reason of a node counts.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> InFloat(Scheme scheme, Observations observed, ActivationStorage storage)
    {
        List<KeyValuePair<string, string>> apart =
        [
            .. Unseen.InFloat(scheme, observed),
            .. UnlikeJoins.InFloat(scheme, observed),
            .. storage.HasKernels ? FaintProbabilities.InFloat(scheme, observed) : [],
            .. Comparisons.InFloat(scheme),
            .. OfShapesAlone.InFloat(scheme),
        ];
        apart.AddRange(RealSums.InFloat(scheme, apart.Select(one => one.Key).ToHashSet()));
        return apart;
    }
}
