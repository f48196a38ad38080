using System.ComponentModel;
using System.Numerics;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>Something that a layer breaks.</summary>
public sealed record ViolationReport
{
    /// <summary>
    /// constant-out-of-range, overflow, scale-not-held, bias-step-not-held, bias-not-held, offset-not-held, clamp-not-held
    /// or pair-overflow.
    /// </summary>
    [Description("What kind of violation it is.")]
    public required string Kind { get; init; }

    /// <summary>The code under which <see cref="Diagnostics"/> tells more of the kind; documents hold the kind alone.</summary>
    [JsonIgnore]
    public string Code => Diagnostics.OfViolation(Kind).Code;

    /// <summary>The output channel, counted from 0; −1 where it belongs to the whole layer.</summary>
    [Description("The output channel, counted from 0; -1 where it belongs to the whole layer.")]
    public required int Channel { get; init; }

    /// <summary>The value that is too small or too large; null for claims that are not held.</summary>
    [Description("The value that is too small or too large; absent for claims that are not held.")]
    public BigInteger? Value { get; init; }

    /// <summary>The last value that would hold; null for claims that are not held.</summary>
    [Description("The last value that would hold; absent for claims that are not held.")]
    public BigInteger? Limit { get; init; }

    /// <summary>The intermediate that overflows; null but for overflows.</summary>
    [Description("The intermediate that overflows; absent but for overflows.")]
    public string? Intermediate { get; init; }

    /// <summary>What the integers hold; null but for claims that are not held, and where it is not finite.</summary>
    [Description("What the integers hold; absent but for claims that are not held, and where it is not finite.")]
    public double? Held { get; init; }

    /// <summary>What is claimed; null but for claims that are not held, and where it is not finite.</summary>
    [Description("What is claimed; absent but for claims that are not held, and where it is not finite.")]
    public double? Claimed { get; init; }

    /// <summary>The whole as a sentence, without its full stop.</summary>
    [Description("The same as a sentence, for people; it is not read back.")]
    public required string Message { get; init; }

    /// <summary>
    /// One stored input for each weight of the channel, in the order input channel, kernel position, that reaches the
    /// value; null but for overflows. For a pair it is the largest one where the two weights are, and elsewhere the lowest.
    /// </summary>
    [Description("One stored input for each weight of the channel, in the order input channel, kernel position, that "
        + "reaches the value; absent but for overflows.")]
    public IReadOnlyList<int>? Witness { get; init; }

    internal static ViolationReport Of(Violation violation)
    {
        var report = new ViolationReport
        {
            Kind = Names.ViolationOf(violation),
            Channel = -1,
            Message = violation.Message,
        };
        return violation switch
        {
            Violation.ConstantOutOfRange v =>
                report with { Channel = v.Channel, Value = v.Value, Limit = v.Value < v.Low ? v.Low : v.High },
            Violation.Overflow v => OfBound(report, v.Bound, v.Witness),
            Violation.ScaleNotHeld v =>
                report with { Channel = v.Channel, Held = Finite(v.Held), Claimed = Finite(v.Claimed) },
            Violation.BiasStepNotHeld v =>
                report with { Channel = v.Channel, Held = Finite(v.Held), Claimed = Finite(v.Claimed) },
            Violation.BiasNotHeld v =>
                report with { Channel = v.Channel, Held = Finite(v.Held), Claimed = Finite(v.Claimed) },
            Violation.OffsetNotHeld v => report with { Held = v.Held, Claimed = v.Claimed },
            Violation.ClampNotHeld v => report with { Held = v.Held, Claimed = v.Claimed },
            Violation.PairOverflow v => report with
            {
                Channel = v.Item.Channel,
                Value = v.Item.Value,
                Limit = v.Item.Limit,
                Witness = v.Item.Witness,
            },
            _ => throw new NotSupportedException($"{violation} is a violation of a kind that is not known."),
        };
    }

    private static ViolationReport OfBound(ViolationReport report, Bound bound, IReadOnlyList<int> witness)
    {
        var half = BigInteger.One << (bound.Bits - 1);
        var isAbove = bound.Largest >= half;
        return report with
        {
            Channel = bound.Channel,
            Intermediate = Names.IntermediateOf(bound.Intermediate),
            Value = isAbove ? bound.Largest : bound.Smallest,
            Limit = isAbove ? half - 1 : -half,
            Witness = witness,
        };
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
