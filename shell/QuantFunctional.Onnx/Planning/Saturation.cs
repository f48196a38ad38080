using static QuantFunctional.FSharp.Exponential;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Beyond which values a function is less than half a step of its output away from its end.</summary>
internal static class Saturation
{
    /// <summary>Of the sigmoid: s(x) = d where x = ln(d / (1 - d)).</summary>
    internal static Bounds OfSigmoid(double step) => AwayFromEnds(step / 2, distance => -ln((1 - distance) / distance));

    /// <summary>Of the hyperbolic tangent: tanh(x) = -1 + d where x = ln(d / (2 - d)) / 2.</summary>
    internal static Bounds OfTanh(double step) => AwayFromEnds(step / 2, distance => -ln((2 - distance) / distance) / 2);

    private static Bounds AwayFromEnds(double distance, Func<double, double> at) =>
        distance is > 0 and < 0.5 && at(distance) is var low ? new Bounds(low, -low) : Bounds.None;
}
