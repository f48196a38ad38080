namespace QuantFunctional.Documents;

/// <summary>The integers of a layer, and what is claimed of them.</summary>
/// <param name="Name">The layer's name in the plan or the model.</param>
/// <param name="Integers">What the target holds.</param>
/// <param name="WeightScale">The weights' steps per real unit, as they are claimed.</param>
/// <param name="BiasSteps">The real units per step of the bias, as they are claimed; null without such a claim.</param>
/// <param name="Factors">The factors from accumulator to output, where they are claimed beside the scales.</param>
/// <param name="RealBias">The real biases, one for each output channel; null without such a claim.</param>
/// <param name="Offset">What is claimed to be added after the requantization; null without such a claim.</param>
/// <param name="OutputRange">What the output is claimed to be clamped to; null without such a claim.</param>
/// <param name="BiasStepFormat">What the claimed steps of the bias were computed and stored in; null for float32.</param>
public sealed record CheckedLayer(
    string Name,
    IntegerLayer Integers,
    Channelwise<double> WeightScale,
    Channelwise<double>? BiasSteps = null,
    Channelwise<double>? Factors = null,
    IReadOnlyList<double>? RealBias = null,
    int? Offset = null,
    Interval? OutputRange = null,
    StepFormat? BiasStepFormat = null);

/// <summary>What a certificate speaks of: a plan's layers or a model's.</summary>
/// <param name="Model">The file name of the model; null for plans from arrays.</param>
/// <param name="Layers">The layers on integers.</param>
/// <param name="NothingToVerify">The names of the layers of which nothing can overflow.</param>
public sealed record CheckedLayers(
    string? Model, IReadOnlyList<CheckedLayer> Layers, IReadOnlyList<string> NothingToVerify)
{
    /// <summary>The quantized model that holds the layers, or was written with them; null where there is none.</summary>
    public WrittenModel? QuantizedModel { get; init; }

    /// <summary>The joins between the layers.</summary>
    public IReadOnlyList<CheckedJoin> Joins { get; init; } = [];

    /// <summary>The products of two activations.</summary>
    public IReadOnlyList<CheckedActivationProduct> ActivationProducts { get; init; } = [];

    /// <summary>The layers of a plan.</summary>
    public static CheckedLayers Of(PlanDocument plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new CheckedLayers(
            plan.Model,
            [.. plan.Layers.Select(layer => new CheckedLayer(layer.Name, layer.Plan.Integers, layer.Plan.Plan.WeightScale))],
            [.. plan.WeightOnlyLayers.Select(layer => layer.Name)])
        {
            QuantizedModel = plan.QuantizedModel,
        };
    }

    /// <summary>The same layers on the processors of a profile.</summary>
    /// <param name="profile">A profile that <see cref="StrangerTo"/> finds no layer to be strange to.</param>
    /// <exception cref="QuantException">The integers of a layer mean something else there.</exception>
    public CheckedLayers On(BackendProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (StrangerTo(profile) is { } layer)
        {
            throw Diagnostics.PlanOfOtherProfile.Fault(
                $"layer {layer.Name} is planned for {layer.Integers.Profile.Name}, and its integers mean something else "
                + $"elsewhere; plan it again for '{profile.Name}'.",
                node: layer.Name);
        }

        return this with { Layers = [.. Layers.Select(layer => IsOf(profile, layer) ? layer : Moved(layer))] };

        CheckedLayer Moved(CheckedLayer layer) => layer with { Integers = layer.Integers.With(profile) };
    }

    /// <summary>
    /// The first layer whose integers mean something else under a profile than under its own; null where there is none. The
    /// two may differ in how products are added and in what stands between the layers, as the processors of one engine do.
    /// </summary>
    /// <param name="profile">The profile.</param>
    public CheckedLayer? StrangerTo(BackendProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return Layers.FirstOrDefault(layer => !IsOf(profile, layer) && !IsAlike(profile, layer.Integers.Profile));
    }

    private static bool IsOf(BackendProfile profile, CheckedLayer layer) => layer.Integers.Profile.Name == profile.Name;

    private static bool IsAlike(BackendProfile one, BackendProfile other) =>
        one.Accumulator.Equals(other.Accumulator)
        && one.Int16Accumulator.Equals(other.Int16Accumulator)
        && one.Multiplier.Equals(other.Multiplier)
        && one.InputZeroPoint.Equals(other.InputZeroPoint)
        && one.OutputZeroPoint.Equals(other.OutputZeroPoint)
        && one.Steps.Equals(other.Steps);
}
