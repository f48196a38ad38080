using System.ComponentModel;
using System.Numerics;
using System.Text.Json.Serialization;

namespace QuantFunctional.Documents;

/// <summary>Something that is worth knowing of a layer and does not make it fail.</summary>
public sealed record NoticeReport
{
    /// <summary>saturation or narrow-accumulator.</summary>
    [Description("What kind of notice it is.")]
    public required string Kind { get; init; }

    /// <summary>The code under which <see cref="Diagnostics"/> tells more of the kind; documents hold the kind alone.</summary>
    [JsonIgnore]
    public string Code => Diagnostics.OfNotice(Kind).Code;

    /// <summary>The output channel that goes farthest, counted from 0; −1 where it belongs to the whole layer.</summary>
    [Description("The output channel that goes farthest, counted from 0; -1 where it belongs to the whole layer.")]
    public required int Channel { get; init; }

    /// <summary>The output before it is cut, or the bits that would do.</summary>
    [Description("The output before it is cut, or the bits that would do.")]
    public required BigInteger Value { get; init; }

    /// <summary>The end of the output's type, or the accumulator's bits.</summary>
    [Description("The end of the output's type, or the accumulator's bits.")]
    public required BigInteger Limit { get; init; }

    /// <summary>How many output channels it is true of; null for accumulators.</summary>
    [Description("How many output channels it is true of; absent for accumulators.")]
    public int? Channels { get; init; }

    /// <summary>What needs how many bits; null but for accumulators.</summary>
    [Description("What needs how many bits; absent but for accumulators.")]
    public NeededBitsReport? Bits { get; init; }

    /// <summary>The whole as a sentence, without its full stop.</summary>
    [Description("The same as a sentence, for people; it is not read back.")]
    public required string Message { get; init; }

    internal static NoticeReport Of(Notice notice) => notice switch
    {
        Notice.Saturation n => new()
        {
            Kind = Names.NoticeOf(notice),
            Channel = n.Channel,
            Value = n.Value,
            Limit = n.Limit,
            Channels = n.Channels,
            Message = n.Message,
        },
        Notice.NarrowAccumulator n => new()
        {
            Kind = Names.NoticeOf(notice),
            Channel = -1,
            Value = Notice.NeededBits(n.Product, n.Bias, n.ProductAndBias),
            Limit = n.Bits,
            Bits = new NeededBitsReport(n.Product, n.Bias, n.ProductAndBias),
            Message = n.Message,
        },
        _ => throw new NotSupportedException($"{notice} is a notice of a kind that is not known."),
    };
}

/// <summary>How many bits the values in an accumulator need, sign included, over all channels and inputs.</summary>
/// <param name="Product">The products, with the halves that they are made of.</param>
/// <param name="Bias">The biases.</param>
/// <param name="ProductAndBias">Both together.</param>
public sealed record NeededBitsReport(
    [property: Description("The products, with the halves that they are made of.")] int Product,
    [property: Description("The biases.")] int Bias,
    [property: Description("Both together.")] int ProductAndBias);
