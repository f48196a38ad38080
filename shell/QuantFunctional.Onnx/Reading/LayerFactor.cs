
namespace QuantFunctional.Onnx.Reading;

/// <summary>The factor from accumulator to output in the form in which a target multiplies.</summary>
internal sealed record LayerFactor(int Multiplier, int Shift)
{
    /// <summary>The factor of a weight step; null where the target has no form for it.</summary>
    /// <param name="profile">The target.</param>
    /// <param name="input">The input's step.</param>
    /// <param name="weight">The weight's step.</param>
    /// <param name="output">The output's step.</param>
    /// <param name="alpha">What else the product is multiplied by.</param>
    internal static LayerFactor? Of(BackendProfile profile, float input, float weight, float output, float alpha) =>
        profile.Multiplier.IsSingle24
            ? OfSingle(profile.Multiplier, (alpha * input * weight) / output)
            : OfReal(profile.Multiplier, (double)alpha * input * weight / output);

    // the factor is a float32 already, so that its mantissa is the multiplier exactly
    private static LayerFactor? OfSingle(MultiplierForm form, float factor) =>
        float.IsNormal(factor) ? OfReal(form, factor) : null;

    private static LayerFactor? OfReal(MultiplierForm form, double factor)
    {
        var requantization = FSharp.Requantization.ofScale(form, factor);
        return requantization.IsOk
            ? new LayerFactor(requantization.ResultValue.Multiplier, requantization.ResultValue.Shift)
            : null;
    }
}
