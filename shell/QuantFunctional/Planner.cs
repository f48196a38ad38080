using System.Diagnostics.CodeAnalysis;
using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <summary>Plans layers: from real weights to the integers that a target runs.</summary>
/// <remarks>Plans are immutable and compare by content; the same layer and options give the same plan everywhere.</remarks>
public static class Planner
{
    /// <summary>Plans a layer, or says why it cannot be planned; both with every attempt.</summary>
    /// <returns>True with <paramref name="plan"/>, or false with <paramref name="refused"/>.</returns>
    public static bool TryPlan(
        Layer layer,
        PlanOptions options,
        [NotNullWhen(true)] out QuantizedLayer? plan,
        [NotNullWhen(false)] out Refused? refused)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(options);
        return Pipeline.plan(options.ToRequest(), layer).TryOpen(out plan, out refused);
    }

    /// <summary>Plans a layer.</summary>
    /// <exception cref="QuantException">
    /// The layer and the options do not fit each other, or there is no plan; the message names channel and remedy.
    /// </exception>
    public static QuantizedLayer Plan(Layer layer, PlanOptions options) =>
        TryPlan(layer, options, out var plan, out var refused) ? plan : throw Fault(refused);

    /// <summary>Plans a layer that is given by its arrays.</summary>
    /// <exception cref="QuantException">
    /// The arrays and the options do not fit each other, or there is no plan; the message names channel and remedy.
    /// </exception>
    public static QuantizedLayer Plan(LayerSpec layer, PlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return Plan(layer.ToLayer(), options);
    }

    /// <summary>Makes a plan again from where its search ended: without a retry, and with the same integers.</summary>
    /// <param name="layer">The layer that the plan was made from.</param>
    /// <param name="plan">The plan, as it was made or as a document holds it.</param>
    /// <param name="replayed">The new plan; its trace is one attempt.</param>
    /// <param name="refused">Why there is none: the layer is not that of the plan.</param>
    /// <returns>True with <paramref name="replayed"/>, or false with <paramref name="refused"/>.</returns>
    public static bool TryReplay(
        Layer layer,
        QuantizedLayer plan,
        [NotNullWhen(true)] out QuantizedLayer? replayed,
        [NotNullWhen(false)] out Refused? refused)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(plan);
        return Pipeline.planFrom(plan.Trace.Last.Parameters, plan.Request, layer).TryOpen(out replayed, out refused);
    }

    /// <summary>Makes a plan again from where its search ended: without a retry, and with the same integers.</summary>
    /// <param name="layer">The layer that the plan was made from.</param>
    /// <param name="plan">The plan, as it was made or as a document holds it.</param>
    /// <exception cref="QuantException">The layer is not that of the plan.</exception>
    public static QuantizedLayer Replay(Layer layer, QuantizedLayer plan) =>
        TryReplay(layer, plan, out var replayed, out var refused) ? replayed : throw Fault(refused);

    private static QuantException Fault(Refused refused) =>
        Diagnostics.Of(refused.Refusal).Fault(refused.Kind(), $"{refused.Message}.");
}
