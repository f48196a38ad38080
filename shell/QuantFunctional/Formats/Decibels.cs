namespace QuantFunctional.Formats;

/// <summary>Ratios of squares as decibels.</summary>
internal static class Decibels
{
    private static readonly double Ten = FSharp.Exponential.ln(10);

    /// <summary>10·log10(signal / noise), the same bits on every machine, since decisions hang on it; infinite without noise.</summary>
    public static double Of(double signal, double noise)
    {
        if (noise == 0)
            return double.PositiveInfinity;
        var ratio = signal / noise;
        return ratio == 0 ? double.NegativeInfinity : double.IsFinite(ratio) ? 10 * FSharp.Exponential.ln(ratio) / Ten : ratio;
    }
}
