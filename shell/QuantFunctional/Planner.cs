using System.Diagnostics.CodeAnalysis;
using QuantFunctional.FSharp;

namespace QuantFunctional;

/// <summary>Plans layers: from real weights to the integers that a target runs.</summary>
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
    /// <exception cref="QuantException">The layer cannot be planned; the message names channel and remedy.</exception>
    public static QuantizedLayer Plan(Layer layer, PlanOptions options) =>
        TryPlan(layer, options, out var plan, out var refused)
            ? plan
            : throw QuantException.Failed(refused.Message);
}
