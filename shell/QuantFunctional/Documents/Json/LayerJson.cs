using System.ComponentModel;

namespace QuantFunctional.Documents.Json;

/// <summary>The plan of one layer.</summary>
internal sealed record LayerJson
{
    [Description("The node's name, else its first output.")]
    public required string Name { get; init; }

    [Description("The node's operator; absent for plans from arrays.")]
    public string? Operator { get; init; }

    [Description("What was asked for.")]
    public required RequestJson Request { get; init; }

    [Description("The precision that was used: the one asked for, or its fallback.")]
    public required string Precision { get; init; }

    [Description("The algorithm that multiplies activations by weights.")]
    public required string Path { get; init; }

    [Description("What follows the layer's sum.")]
    public required string Activation { get; init; }

    [Description("Where the kernel goes.")]
    public required GeometryJson Geometry { get; init; }

    [Description("The real values that the output was seen to take.")]
    public required ObservedJson Observed { get; init; }

    [Description("The scales: one entry for the tensor, or one for each output channel.")]
    public required ScalesJson Plan { get; init; }

    [Description("What the target holds.")]
    public required IntegersJson Integers { get; init; }

    [Description("The real biases with their correction, one for each output channel.")]
    public required IReadOnlyList<double> RealBias { get; init; }

    [Description("What was tried, in order; the last attempt made the plan.")]
    public required IReadOnlyList<AttemptReport> Attempts { get; init; }
}

/// <summary>What was asked for.</summary>
internal sealed record RequestJson(
    [property: Description("The name of one of the document's profiles.")] string Profile,
    [property: Description("The precision of the output.")] string Precision,
    [property: Description("One weight scale for each output channel, not one in all.")] bool PerChannel,
    [property: Description("Whether the output's zero point may be other than 0.")] bool Asymmetric,
    [property: Description("What was added to the biases for the error of the weights.")] CorrectionJson BiasCorrection,
    [property: Description("What was added to the nearest integers of the weights; absent where nothing was.")]
    DifferencesJson? WeightDifferences = null);

/// <summary>What is added to the nearest integers: inline in the weights' order, or an array of the document's .npz file.</summary>
internal sealed record DifferencesJson(
    [property: Description("The integers, in the order of the weights.")] sbyte[]? Values = null,
    [property: Description("The name of an int8 array of the weights' sizes.")] string? Array = null,
    [property: Description("The SHA-256 of that array's bytes, in hexadecimal.")] string? Sha256 = null);

/// <summary>A bias correction.</summary>
internal sealed record CorrectionJson(
    string Kind,
    [property: Description("The mean of each input channel, or of each output channel of the quantized layer.")]
    IReadOnlyList<double>? Means = null);

/// <summary>Where the kernel goes.</summary>
internal sealed record GeometryJson(
    IReadOnlyList<int> Strides,
    [property: Description("At the begin of each kernel axis, then at the end of each.")] IReadOnlyList<int> Pads,
    IReadOnlyList<int> Dilations,
    bool IsTransposed);

/// <summary>What the output was seen to be.</summary>
internal sealed record ObservedJson(
    double Low,
    double High,
    [property: Description("The mean of each output channel.")] IReadOnlyList<double>? Means = null,
    [property: Description("How often each of equal intervals of the range was seen.")]
    IReadOnlyList<long>? Histogram = null,
    [property: Description("By how many 2^-15 of itself the output's step is raised above what the range asks for, so that "
        + "joins agree; absent where it is not.")]
    int? StepRaise = null);

/// <summary>The scales: S = 2^h·Sc / (Sa·Sw) = multiplier·2^−shift.</summary>
internal sealed record ScalesJson
{
    [Description("How the input is stored: Sa, Za.")]
    public required EncodingJson Input { get; init; }

    [Description("How the output is stored: Sc, Zc.")]
    public required EncodingJson Output { get; init; }

    [Description("Sw, steps per real unit of the weights; 0 for a dead channel.")]
    public required IReadOnlyList<double> WeightScale { get; init; }

    [Description("Sb, the accumulator's steps per real unit.")]
    public required IReadOnlyList<double> BiasScale { get; init; }

    [Description("S, the factor from accumulator to output.")]
    public required IReadOnlyList<double> RequantizationScale { get; init; }

    [Description("The integer multiplier of S = multiplier·2^−shift.")]
    public required IReadOnlyList<int> Multiplier { get; init; }

    [Description("The right shift of S = multiplier·2^−shift.")]
    public required IReadOnlyList<int> Shift { get; init; }

    [Description("h, the right shift inside the product.")]
    public required IReadOnlyList<int> IntrinsicShift { get; init; }
}

/// <summary>What the target holds, beside the scales' integers.</summary>
internal sealed record IntegersJson
{
    [Description("How the requantization rounds.")]
    public required string Rounding { get; init; }

    [Description("The usable bits of what holds product and bias.")]
    public required int AccumulatorBits { get; init; }

    [Description("Whether the int15 path runs and no channel uses the larger intrinsic shift.")]
    public required bool MsbLeftShift { get; init; }

    [Description("What is added after the requantization.")]
    public required int OutputOffset { get; init; }

    [Description("The values that the output is clamped to.")]
    public required IntervalJson OutputRange { get; init; }

    [Description("Qb, one for each output channel.")]
    public required IReadOnlyList<long> Bias { get; init; }

    [Description("Qw.")]
    public required WeightsJson Weights { get; init; }
}

/// <summary>Integer weights: inline in the layout's order, or an array of the document's .npz file.</summary>
internal sealed record WeightsJson(
    [property: Description("The order of the axes: O output channel, I input channel, G group, HW kernel.")] string Layout,
    IReadOnlyList<int> Sizes,
    int Groups,
    [property: Description("The integers, the last axis running fastest.")] sbyte[]? Values = null,
    [property: Description("The name of an int8 array of these sizes.")] string? Array = null,
    [property: Description("The SHA-256 of that array's bytes, in hexadecimal.")] string? Sha256 = null);
