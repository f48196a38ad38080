namespace QuantFunctional;

/// <summary>How weights alone are to be quantized.</summary>
public sealed record WeightOnlyOptions
{
    /// <summary>The type of the integers; <see cref="WeightType.Int8"/> unless stated.</summary>
    public WeightType Type { get; init; } = WeightType.Int8;

    /// <summary>
    /// Which weights share a step: all, those of an output channel (unless stated), or so many in a row along the
    /// channel's inputs and kernel (<see cref="WeightGranularity.NewPerGroup"/>).
    /// </summary>
    public WeightGranularity Granularity { get; init; } = WeightGranularity.PerChannel;

    /// <summary>What files hold a step in; <see cref="StepFormat.Float32"/> unless stated.</summary>
    public StepFormat Steps { get; init; } = StepFormat.Float32;

    /// <summary>
    /// How the step of weights that share one is found; <see cref="StepRule.Largest"/> unless stated. A searched one of int8 or int4
    /// may be negative, and then the lowest integer, −128 or −8, stands for the highest weight.
    /// </summary>
    public StepRule Rule { get; init; } = StepRule.Largest;

    internal WeightOnlyRequest ToRequest() => new(Type, Granularity, Steps, Rule);
}
