namespace QuantFunctional;

/// <summary>How a layer is to be planned.</summary>
public sealed record PlanOptions
{
    /// <summary>
    /// The precision of the output, or one with a fallback: a <see cref="Precision"/> alone asks for exactly that.
    /// <see cref="Precision.TfliteInt8"/> unless stated.
    /// </summary>
    public PrecisionRequest Precision { get; init; } = PrecisionRequest.NewExactly(QuantFunctional.Precision.TfliteInt8);

    /// <summary>One weight scale per output channel (the default), or one for the whole tensor.</summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>Whether activations have the zero point 0; false unless stated.</summary>
    public bool SymmetricActivations { get; init; }

    /// <summary>The target, one of <see cref="Profiles"/> or one's own; the reference arithmetic unless stated.</summary>
    public BackendProfile Profile { get; init; } = Profiles.Reference;

    /// <summary>What is added to the biases for the error of the weights; nothing unless stated.</summary>
    /// <remarks>
    /// <see cref="BiasCorrection.FromMeanOutput"/> also needs <see cref="LayerSpec.OutputMeans"/>.
    /// </remarks>
    public BiasCorrection BiasCorrection { get; init; } = BiasCorrection.Off;

    /// <summary>Which integers the weights become; the nearest ones unless stated.</summary>
    /// <remarks>Differences belong to the scales that a plan with the nearest integers has.</remarks>
    public WeightRounding WeightRounding { get; init; } = WeightRounding.Nearest;

    internal PlanRequest ToRequest() =>
        new(Profile, Precision, PerChannel, !SymmetricActivations, BiasCorrection, WeightRounding);
}
