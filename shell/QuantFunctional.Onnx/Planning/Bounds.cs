using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>Between which bounds the values of a tensor are told apart; infinite where there is no bound.</summary>
internal readonly record struct Bounds(double Low, double High)
{
    /// <summary>Every value is told apart.</summary>
    internal static Bounds None => new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>The bounds of two readers.</summary>
    internal Bounds Join(Bounds other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));

    /// <summary>The bounds of who cuts at these limits before.</summary>
    internal Bounds Within(double low, double high) =>
        low <= high ? new(Math.Clamp(Low, low, high), Math.Clamp(High, low, high)) : this;

    /// <summary>The bounds of a summand beside another one of this range.</summary>
    internal Bounds Minus(ObservedRange? other) =>
        other is { IsEmpty: false } range ? new(Low - range.Max, High - range.Min) : None;

    /// <summary>The bounds of what a value of this range is subtracted from.</summary>
    internal Bounds Plus(ObservedRange? other) =>
        other is { IsEmpty: false } range ? new(Low + range.Min, High + range.Max) : None;

    /// <summary>The bounds of what is subtracted from a value of this range.</summary>
    internal Bounds SubtractedFrom(ObservedRange? other) =>
        other is { IsEmpty: false } range ? new(range.Min - High, range.Max - Low) : None;

    /// <summary>The bounds of what is multiplied by positive factors.</summary>
    internal Bounds DividedBy((double Low, double High) factors) => new(
        Math.Min(Low / factors.Low, Low / factors.High), Math.Max(High / factors.Low, High / factors.High));

    /// <summary>What is left of a range; one value where all lie beyond a bound.</summary>
    internal ObservedRange Cut(ObservedRange range) => new(
        (float)Math.Clamp(range.Min, Low, High), (float)Math.Clamp(range.Max, Low, High));
}
