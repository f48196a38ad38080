using System.ComponentModel;

namespace QuantFunctional.Documents.Json;

/// <summary>A profile as a file of its own.</summary>
internal sealed record ProfileFileJson
{
    internal const string FormatName = "quantfunctional-profile";
    internal const int CurrentVersion = 2;

    [Description("What this file is.")]
    public required string Format { get; init; }

    [Description("The version of the format.")]
    public required int Version { get; init; }

    [Description("What the target can do.")]
    public required ProfileJson Profile { get; init; }
}

/// <summary>What a target can do.</summary>
internal sealed record ProfileJson
{
    [Description("The name that plans and messages call it by.")]
    public required string Name { get; init; }

    [Description("The activation paths that it runs.")]
    public required IReadOnlyList<string> Paths { get; init; }

    [Description("The precisions that it runs.")]
    public required IReadOnlyList<string> Precisions { get; init; }

    [Description("The multiplier's form.")]
    public required MultiplierJson Multiplier { get; init; }

    [Description("The accumulator of the int8 and int15 paths.")]
    public required AccumulatorJson Accumulator { get; init; }

    [Description("The accumulator of the int16 path.")]
    public required AccumulatorJson Int16Accumulator { get; init; }

    [Description("Where the input's zero point is taken off on the int8 path.")]
    public required string InputZeroPoint { get; init; }

    [Description("Where the output's zero point is added.")]
    public required string OutputZeroPoint { get; init; }

    [Description("What the target's files hold a step size in.")]
    public required string Steps { get; init; }

    [Description("How it runs a ReLU.")]
    public required string Relu { get; init; }

    [Description("Whether output channels may differ in intrinsic shift.")]
    public required bool MixedIntrinsicShift { get; init; }

    [Description("How the products of the int8 path are added before they reach the accumulator.")]
    public required string Products { get; init; }

    [Description("What computes between the layers: one arithmetic, or several that must give the same integers; the first one runs.")]
    public required IReadOnlyList<string> BetweenLayers { get; init; }
}

/// <summary>The multiplier's form.</summary>
internal sealed record MultiplierJson(
    [property: Description("An integer of so many bits, or the 24-bit mantissa of a float32 factor.")] string Form,
    [property: Description("The integer's bits; absent for single24.")] int? Bits = null);

/// <summary>What holds product and bias.</summary>
internal sealed record AccumulatorJson(
    [property: Description("The usable bits, sign included.")] int Bits,
    [property: Description("The right shifts that run with the multiplier 1.")] ShiftRangeJson UnitShift,
    [property: Description("The right shifts that planning allows with a normalised multiplier.")]
    ShiftRangeJson MultiplierShift,
    [property: Description("How the requantization rounds.")] string Rounding);

/// <summary>Right shifts, both ends included.</summary>
internal sealed record ShiftRangeJson(int Lowest, int Highest);
