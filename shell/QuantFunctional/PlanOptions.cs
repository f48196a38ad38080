namespace QuantFunctional;

/// <summary>How a layer is to be planned.</summary>
public sealed record PlanOptions
{
    /// <summary>The precision of the output; <see cref="Precision.TfliteInt8"/> unless stated.</summary>
    public Precision Precision { get; init; } = Precision.TfliteInt8;

    /// <summary>One weight scale per output channel (the default), or one for the whole tensor.</summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>Whether activations have the zero point 0; false unless stated.</summary>
    public bool SymmetricActivations { get; init; }

    /// <summary>The target; the reference arithmetic unless stated.</summary>
    public BackendProfile Profile { get; init; } = FSharp.BackendProfile.Reference;

    internal PlanRequest ToRequest() =>
        new(Profile, PrecisionRequest.NewExactly(Precision), PerChannel, asymmetric: !SymmetricActivations, BiasCorrection.Off);
}
