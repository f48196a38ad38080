using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx;

/// <summary>A model for which a target is searched.</summary>
/// <param name="Request">What the user wants.</param>
/// <param name="Loaded">The float model as it was loaded.</param>
/// <param name="Original">The same with a name for every node.</param>
/// <param name="Planner">What plans it.</param>
/// <param name="Refined">The network with everything in integers that can be.</param>
internal sealed record SearchedModel(
    QuantizeRequest Request, OnnxModel Loaded, OnnxModel Original, NetworkPlanner Planner, RefinedNetwork Refined);
