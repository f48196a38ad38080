using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>The integers of a layer, and what is claimed of them.</summary>
/// <param name="Name">The layer's name in the plan or the model.</param>
/// <param name="Integers">What the target holds.</param>
/// <param name="WeightScale">The weights' steps per real unit, as they are claimed.</param>
/// <param name="BiasSteps">The real units per step of the bias, as they are claimed; null without such a claim.</param>
/// <param name="Factors">The factors from accumulator to output, where they are claimed beside the scales.</param>
/// <param name="RealBias">The real biases, one for each output channel; null without such a claim.</param>
/// <param name="Offset">What is claimed to be added after the requantization; null without such a claim.</param>
public sealed record CheckedLayer(
    string Name,
    IntegerLayer Integers,
    Channelwise<double> WeightScale,
    Channelwise<double>? BiasSteps = null,
    Channelwise<double>? Factors = null,
    IReadOnlyList<double>? RealBias = null,
    int? Offset = null);

/// <summary>What a certificate speaks of: a plan's layers or a model's.</summary>
/// <param name="Model">The file name of the model; null for plans from arrays.</param>
/// <param name="Layers">The layers on integers.</param>
/// <param name="NothingToVerify">The names of the layers of which nothing can overflow.</param>
public sealed record CheckedLayers(
    string? Model, IReadOnlyList<CheckedLayer> Layers, IReadOnlyList<string> NothingToVerify)
{
    /// <summary>The joins between the layers.</summary>
    public IReadOnlyList<CheckedJoin> Joins { get; init; } = [];

    /// <summary>The layers of a plan.</summary>
    public static CheckedLayers Of(PlanDocument plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new CheckedLayers(
            plan.Model,
            [.. plan.Layers.Select(layer => new CheckedLayer(layer.Name, layer.Plan.Integers, layer.Plan.Plan.WeightScale))],
            [.. plan.WeightOnlyLayers.Select(layer => layer.Name)]);
    }
}
