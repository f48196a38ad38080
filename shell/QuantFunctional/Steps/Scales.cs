using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>Ranges, powers of two and weight scales: what planning begins with (docs/arithmetic.md).</summary>
public static class Scales
{
    /// <summary>The integers that a type may hold: all of them, or for a symmetric encoding all but the lowest.</summary>
    /// <exception cref="QuantException">The type is not a signed integer.</exception>
    public static Interval QuantizationRange(ScalarType type, bool asymmetric) =>
        FSharp.Encoding.quantizationRange(asymmetric, type).OpenOrThrow("type");

    /// <summary>Splits x into a power of two and a fraction: x = Fraction·2^Exponent exactly; (0, 0) for 0.</summary>
    /// <exception cref="QuantException">x is negative, NaN or infinite.</exception>
    public static (int Exponent, double Fraction) DecomposePowerOf2(double x, ExponentRounding rounding) =>
        PowerOfTwo.decompose(rounding, x).OpenOrThrow("x");

    /// <summary>Each value split so that its fraction lies in (0.5, 1].</summary>
    /// <exception cref="QuantException">A value is negative, NaN or infinite.</exception>
    public static Channelwise<(int Exponent, double Fraction)> NormalizeWithPow2(Channelwise<double> values) =>
        PowerOfTwo.normalize(values).OpenOrThrow("values");

    /// <summary>One Scale for the whole weight tensor, in steps per real unit: m / max│w│, 0 where all are 0.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="bits">Bits of an integer weight; the largest is m = 2^(bits−1) − 1.</param>
    /// <param name="steps">What files hold a step in.</param>
    /// <exception cref="QuantException">A weight is NaN or infinite; the message names its index.</exception>
    public static double WeightSingleScale(
        WeightView weights, int bits = 8, StepFormat? steps = null) =>
        WeightScales.perTensor(steps ?? StepFormat.Float64, bits, weights).OpenOrThrow("weights");

    /// <summary>A Scale for the weight tensor, or one for each output channel.</summary>
    /// <inheritdoc cref="WeightSingleScale"/>
    public static Channelwise<double> WeightScale(
        WeightView weights, bool perChannel, int bits = 8, StepFormat? steps = null) =>
        WeightScales.select(steps ?? StepFormat.Float64, bits, perChannel, weights).OpenOrThrow("weights");

    /// <summary>How large the weights of each output channel are, and where the profile adds products in pairs, the pairs.</summary>
    /// <exception cref="QuantException">A weight is NaN or infinite; the message names its index.</exception>
    public static WeightMagnitudes Magnitudes(BackendProfile profile, Layer layer) =>
        PairLimit.magnitudes(profile, layer).OpenOrThrow("weights");

    /// <summary>The weights' scales that a stage begins with: larger steps where its parameters ask for them.</summary>
    public static Channelwise<double> WeightScale(Stage stage, WeightMagnitudes magnitudes)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(magnitudes);
        return FSharp.BacktrackingParameters.weightScale(
            stage.Profile.Steps, stage.Parameters, magnitudes.Largest);
    }

    /// <summary>Weights seen by output channel, whatever their order in memory; nothing is copied.</summary>
    /// <param name="layout">The order of the axes.</param>
    /// <param name="sizes">The sizes of the axes.</param>
    /// <param name="values">The weights in their own order.</param>
    /// <param name="groups">Groups that the channels fall into.</param>
    /// <exception cref="QuantException">Sizes, groups, layout or the number of values do not fit each other.</exception>
    public static WeightView ByOutputChannel(
        WeightLayout layout, IEnumerable<int> sizes, ReadOnlyMemory<float> values, int groups = 1) =>
        FSharp.WeightView.create(layout, groups, sizes, values).OpenOrThrow("weights");
}
