using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Preparation;

namespace QuantFunctional.Onnx.Judging;

/// <summary>A model that is ready to be judged, and what its user wants to stay in float.</summary>
/// <param name="Prepared">The model after folding.</param>
/// <param name="Kept">Nodes to leave in float by name, with the reason.</param>
/// <param name="Transposed">Every ConvTranspose that became a Conv.</param>
internal sealed record ReadyModel(
    OnnxModel Prepared, Dictionary<string, string> Kept, IReadOnlyList<TransposedSummary> Transposed)
{
    /// <summary>Prepares a model; a ConvTranspose that stays in float stays what it is.</summary>
    /// <param name="original">The model as it was loaded, with <see cref="Exclusions.Named"/> applied.</param>
    /// <param name="request">What the user wants.</param>
    /// <exception cref="QuantException">The model cannot be prepared, or an exclusion means no node.</exception>
    internal static ReadyModel Of(OnnxModel original, QuantizeRequest request)
    {
        var ready = Of(original, request, request.KeepTransposed ? null : []);
        var apart = ready.Transposed.Select(layer => layer.Name).Where(ready.Kept.ContainsKey).ToHashSet();
        return apart.Count == 0 ? ready : Of(original, request, apart);
    }

    private static ReadyModel Of(OnnxModel original, QuantizeRequest request, HashSet<string>? apart)
    {
        var transposed = new List<TransposedSummary>();
        var prepared = ModelPreparation.Prepare(
            original, node => apart is null || apart.Contains(node.DisplayName()), transposed,
            Exclusions.Meant(request.Exclude, request.ExcludeTypes, original));
        var kept = Exclusions.Resolve(request.Exclude, request.ExcludeTypes, original, prepared);
        return new ReadyModel(prepared, kept, transposed);
    }
}
