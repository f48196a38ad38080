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
    /// <summary>A network that nothing was measured of.</summary>
    internal static RefinedNetwork AsPlanned(PlannedNetwork network, QuantizeRequest request) =>
        new(network, RangeChoice.Of(StatisticsInUse.Ranges(request)), BiasMeans.None, null);
}
