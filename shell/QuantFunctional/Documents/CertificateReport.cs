using System.Numerics;
using System.Text.Json.Serialization;
using QuantFunctional.Documents.Json;

namespace QuantFunctional.Documents;

/// <summary>What was proven of the layers of a plan document; as JSON it is a document of its own.</summary>
public sealed record CertificateReport
{
    /// <summary>What the document says it is.</summary>
    public string Format { get; } = "quantfunctional-certificate";

    /// <summary>The version of the format.</summary>
    public int Version { get; } = 1;

    /// <summary>The file name of the float model; null for plans from arrays.</summary>
    public string? Model { get; init; }

    /// <summary>True where no layer breaks anything.</summary>
    public bool Passed => Layers.All(layer => layer.Passed);

    /// <summary>The layers that were looked at.</summary>
    public required IReadOnlyList<LayerCertificateReport> Layers { get; init; }

    /// <summary>The layers of which the weights alone are integers: nothing in them can overflow.</summary>
    public IReadOnlyList<string> NothingToVerify { get; init; } = [];
}

/// <summary>What was proven of one layer.</summary>
public sealed record LayerCertificateReport
{
    /// <summary>The layer's name in the plan document.</summary>
    public required string Name { get; init; }

    /// <summary>How many output channels it has.</summary>
    public required int Channels { get; init; }

    /// <summary>True where it breaks nothing.</summary>
    public bool Passed => Violations.Count == 0;

    /// <summary>The SHA-256 of the integers that this is proven of: <see cref="IntegersDigest"/>.</summary>
    public required string IntegersSha256 { get; init; }

    /// <summary>What it breaks.</summary>
    public required IReadOnlyList<ViolationReport> Violations { get; init; }

    /// <summary>The channel that can err most; null where a channel has no bound.</summary>
    public ErrorBoundReport? ErrorBound { get; init; }

    internal static LayerCertificateReport Of(string name, QuantizedLayer plan)
    {
        var certificate = plan.Certify();
        var bounds = certificate.ErrorBounds;
        return new LayerCertificateReport
        {
            Name = name,
            Channels = plan.Integers.Shape.Channels,
            IntegersSha256 = IntegersDigest.Of(plan.Integers),
            Violations = [.. certificate.Violations.Select(ViolationReport.Of)],
            ErrorBound = !bounds.IsEmpty && bounds.All(double.IsFinite)
                ? new ErrorBoundReport(bounds.IndexOf(bounds.Max()), bounds.Max())
                : null,
        };
    }
}

/// <summary>How far a channel and its real counterpart with fake-quantized weights can lie apart.</summary>
/// <param name="Channel">The output channel, counted from 0.</param>
/// <param name="Steps">The distance in output steps, where the output does not saturate.</param>
public sealed record ErrorBoundReport(int Channel, double Steps);

/// <summary>Something that a layer breaks.</summary>
public sealed record ViolationReport
{
    /// <summary>constant-out-of-range, overflow or scale-not-held.</summary>
    public required string Kind { get; init; }

    /// <summary>The output channel, counted from 0; −1 where it belongs to the whole layer.</summary>
    public required int Channel { get; init; }

    /// <summary>The value that is too small or too large; null for scales.</summary>
    [JsonConverter(typeof(WholeNumber))]
    public BigInteger? Value { get; init; }

    /// <summary>The last value that would hold; null for scales.</summary>
    [JsonConverter(typeof(WholeNumber))]
    public BigInteger? Limit { get; init; }

    /// <summary>The factor that multiplier and shift are; null but for scales, and where it is not finite.</summary>
    public double? Held { get; init; }

    /// <summary>The factor that the scales claim; null but for scales, and where it is not finite.</summary>
    public double? Claimed { get; init; }

    /// <summary>The whole as a sentence, without its full stop.</summary>
    public required string Message { get; init; }

    /// <summary>
    /// One stored input for each weight of the channel, in the order input channel, kernel position, that reaches the
    /// value; null but for overflows.
    /// </summary>
    public IReadOnlyList<int>? Witness { get; init; }

    internal static ViolationReport Of(Violation violation) => violation switch
    {
        Violation.ConstantOutOfRange v => new()
        {
            Kind = "constant-out-of-range",
            Channel = v.Channel,
            Value = v.Value,
            Limit = v.Value < v.Low ? v.Low : v.High,
            Message = v.Message,
        },
        Violation.Overflow v => OfBound(v.Bound, v),
        Violation.ScaleNotHeld v => new()
        {
            Kind = "scale-not-held",
            Channel = v.Channel,
            Held = double.IsFinite(v.Held) ? v.Held : null,
            Claimed = double.IsFinite(v.Claimed) ? v.Claimed : null,
            Message = v.Message,
        },
        _ => throw new NotSupportedException($"{violation} is a violation of a kind that is not known."),
    };

    private static ViolationReport OfBound(Bound bound, Violation.Overflow overflow)
    {
        var half = BigInteger.One << (bound.Bits - 1);
        var isAbove = bound.Largest >= half;
        return new()
        {
            Kind = "overflow",
            Channel = bound.Channel,
            Value = isAbove ? bound.Largest : bound.Smallest,
            Limit = isAbove ? half - 1 : -half,
            Message = overflow.Message,
            Witness = [.. overflow.Witness],
        };
    }
}
