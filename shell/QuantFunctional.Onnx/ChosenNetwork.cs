using QuantFunctional.Onnx.Writing;

namespace QuantFunctional.Onnx;

/// <summary>The network that is written, chosen by what samples show or as a recipe says.</summary>
/// <param name="Network">The network.</param>
/// <param name="Choices">What was chosen by measurement; null where nothing was measured.</param>
/// <param name="Target">What the search for a target found; null where there was none.</param>
internal sealed record ChosenNetwork(PlannedNetwork Network, MeasuredChoices? Choices = null, TargetReport? Target = null);
