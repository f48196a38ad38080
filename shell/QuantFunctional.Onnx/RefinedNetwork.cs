using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Planning;
using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>A network after its refinement, and what it takes to plan it again with more of it in float.</summary>
/// <param name="Network">The network.</param>
/// <param name="Ranges">How ranges were chosen.</param>
/// <param name="Means">What corrects biases.</param>
/// <param name="Choices">What was chosen by measurement; null where nothing was measured.</param>
internal sealed record RefinedNetwork(PlannedNetwork Network, RangeChoice Ranges, BiasMeans Means, MeasuredChoices? Choices)
{
    /// <summary>The layers that are planned with other integers than the nearest.</summary>
    internal LayerRoundings Roundings { get; init; } = LayerRoundings.None;

    /// <summary>What was chosen, with the layers that are rounded so in the network that is written.</summary>
    internal MeasuredChoices? ChoicesOf(IReadOnlyList<PlannedLayer> layers) =>
        Choices is null ? null : Choices with { Rounded = Rounded(layers) };

    /// <summary>The layers whose weights are not the nearest integers.</summary>
    internal static IReadOnlyList<string> Rounded(IReadOnlyList<PlannedLayer> layers) =>
        [.. layers.Where(layer => layer.Plan.Request.WeightRounding.IsDifferences).Select(layer => layer.Node.Node.DisplayName())];

    /// <summary>A network that nothing was measured of.</summary>
    internal static RefinedNetwork AsPlanned(PlannedNetwork network, QuantizeRequest request) =>
        new(network, RangeChoice.Of(StatisticsInUse.Ranges(request)), BiasMeans.None, null);
}
