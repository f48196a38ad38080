using System.ComponentModel;
using System.Numerics;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>What was proven of the layers of a plan document or of a model; as JSON it is a document of its own.</summary>
/// <remarks>Whole numbers beyond ±2^53 are texts of digits in JSON, since many readers hold numbers in doubles.</remarks>
public sealed record CertificateReport
{
    internal const string FormatName = "quantfunctional-certificate";
    internal const int CurrentVersion = 2;

    /// <summary>What the document says it is.</summary>
    [JsonRequired]
    [Description("What this file is.")]
    public string Format { get; init; } = FormatName;

    /// <summary>The version of the format.</summary>
    [JsonRequired]
    [Description("The version of the format.")]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The file name of the model; null for plans from arrays.</summary>
    [Description("The file name of the model; absent for plans from arrays.")]
    public string? Model { get; init; }

    /// <summary>
    /// The SHA-256 of the tensors and operators of the quantized model that the layers are of; null where there is none, and
    /// in certificates of older versions.
    /// </summary>
    [Description("The SHA-256 of the tensors and operators of the quantized model that the layers are of, in hexadecimal; "
        + "absent where there is none.")]
    public string? ModelSha256 { get; init; }

    /// <summary>True where no layer, no join and no product of two activations breaks anything.</summary>
    [Description("Whether no layer, no join and no product of two activations breaks anything.")]
    public required bool Passed { get; init; }

    /// <summary>The layers that were looked at.</summary>
    [Description("The layers that were looked at.")]
    public required IReadOnlyList<LayerCertificateReport> Layers { get; init; }

    /// <summary>The joins between the layers that were looked at.</summary>
    [Description("The Adds and Muls between the layers that were looked at.")]
    public IReadOnlyList<JoinCertificateReport> Joins { get; init; } = [];

    /// <summary>The products of two activations that were looked at; null where there is none.</summary>
    [Description("The products of two activations that were looked at; absent where there is none.")]
    public IReadOnlyList<ActivationProductReport>? ActivationProducts { get; init; }

    /// <summary>The layers of which the weights alone are integers: nothing in them can overflow.</summary>
    [Description("The layers of which the weights alone are integers: nothing in them can overflow.")]
    public required IReadOnlyList<string> NothingToVerify { get; init; }
}

/// <summary>What was proven of one layer.</summary>
public sealed record LayerCertificateReport
{
    /// <summary>The layer's name in the document.</summary>
    [Description("The layer's name in the plan or the model.")]
    public required string Name { get; init; }

    /// <summary>The name of the profile that it is proven for.</summary>
    [Description("The name of the profile that it is proven for.")]
    public required string Profile { get; init; }

    /// <summary>
    /// How its kernel adds products there: in-full, pairs-16 or in-full-or-pairs-16; depthwise kernels add in full everywhere.
    /// </summary>
    [Description("How its kernel adds products there; depthwise kernels add in full everywhere.")]
    public required string Products { get; init; }

    /// <summary>How many output channels it has.</summary>
    [Description("How many output channels it has.")]
    public required int Channels { get; init; }

    /// <summary>True where it breaks nothing.</summary>
    [Description("Whether it breaks nothing.")]
    public required bool Passed { get; init; }

    /// <summary>The SHA-256 of the integers that this is proven of: <see cref="IntegersDigest"/>.</summary>
    [Description("The SHA-256 of the integers that this is proven of, in hexadecimal.")]
    public required string IntegersSha256 { get; init; }

    /// <summary>What it breaks.</summary>
    [Description("What it breaks; each entry makes it fail.")]
    public required IReadOnlyList<ViolationReport> Violations { get; init; }

    /// <summary>What is worth knowing of it; nothing of it makes it fail.</summary>
    [Description("What is worth knowing of it; no entry makes it fail.")]
    public required IReadOnlyList<NoticeReport> Notices { get; init; }

    /// <summary>The channel that can err most; null where a channel has no bound.</summary>
    [Description("The channel that can err most; absent where a channel has no bound.")]
    public ErrorBoundReport? ErrorBound { get; init; }

    /// <summary>How far each channel can err, in output steps; null where a channel has no bound.</summary>
    [Description("How far each output channel and its real counterpart can lie apart, in output steps, where the output "
        + "does not saturate; absent where a channel has no bound.")]
    public IReadOnlyList<double>? ErrorBounds { get; init; }

    /// <summary>The interval of every intermediate; empty where a constant is out of range.</summary>
    [Description("The interval of every intermediate, in the order in which they come about, over every input there is; "
        + "empty where a constant is out of range.")]
    public required IReadOnlyList<BoundsReport> Bounds { get; init; }

    /// <summary>A certificate as data.</summary>
    /// <param name="name">What to call the layer.</param>
    /// <param name="layer">The integers.</param>
    /// <param name="certificate">What was proven of them.</param>
    public static LayerCertificateReport Of(string name, IntegerLayer layer, LayerCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(certificate);
        var errors = certificate.ErrorBounds;
        var isBounded = !errors.IsEmpty && errors.All(double.IsFinite);
        return new LayerCertificateReport
        {
            Name = name,
            Profile = layer.Profile.Name,
            Products = Names.ProductSums[layer.ProductSums],
            Channels = layer.Shape.Channels,
            Passed = certificate.Passed,
            IntegersSha256 = IntegersDigest.Of(layer),
            Violations = [.. certificate.Violations.Select(ViolationReport.Of)],
            Notices = [.. certificate.Notices.Select(NoticeReport.Of)],
            ErrorBound = isBounded ? new ErrorBoundReport(errors.IndexOf(errors.Max()), errors.Max()) : null,
            ErrorBounds = isBounded ? errors : null,
            Bounds =
            [
                .. certificate.Bounds.GroupBy(bound => bound.Intermediate).Select(group => new BoundsReport(
                    Names.IntermediateOf(group.Key),
                    group.First().Bits,
                    [.. group.Select(bound => bound.Smallest)],
                    [.. group.Select(bound => bound.Largest)])),
            ],
        };
    }
}

/// <summary>How far a channel and its real counterpart with fake-quantized weights can lie apart.</summary>
/// <param name="Channel">The output channel, counted from 0.</param>
/// <param name="Steps">The distance in output steps, where the output does not saturate.</param>
public sealed record ErrorBoundReport(
    [property: Description("The output channel, counted from 0.")] int Channel,
    [property: Description("The distance in output steps.")] double Steps);

/// <summary>The values that an intermediate takes, over every input there is.</summary>
/// <param name="Intermediate"><c>product</c>, <c>product-and-bias</c> and so on.</param>
/// <param name="Bits">The bits of the signed integer that must hold it.</param>
/// <param name="Smallest">The smallest value of each output channel.</param>
/// <param name="Largest">The largest value of each output channel.</param>
public sealed record BoundsReport(
    [property: Description("The intermediate.")] string Intermediate,
    [property: Description("The bits of the signed integer that must hold it.")] int Bits,
    [property: Description("The smallest value of each output channel.")] IReadOnlyList<BigInteger> Smallest,
    [property: Description("The largest value of each output channel.")] IReadOnlyList<BigInteger> Largest);
