namespace QuantFunctional;

/// <summary>The weights of a layer whose activations stay real numbers.</summary>
/// <remarks>The arrays are not copied: they must not change while the layer is in use.</remarks>
public sealed record WeightOnlySpec
{
    /// <summary>The weights in the order of <see cref="Layout"/>.</summary>
    public required ReadOnlyMemory<float> Weights { get; init; }

    /// <summary>The sizes of the weights' axes, in the same order.</summary>
    public required IReadOnlyList<int> Shape { get; init; }

    /// <summary>What the weights' axes are.</summary>
    public required WeightLayout Layout { get; init; }

    /// <summary>How many groups the channels fall into; 1 unless stated.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>One bias for each output channel, in real units; empty where there is none.</summary>
    public ReadOnlyMemory<float> Bias { get; init; }
}
