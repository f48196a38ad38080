using System.Collections.Immutable;
using QuantFunctional.Onnx.Model;
using QuantFunctional.Onnx.Observation;

namespace QuantFunctional.Onnx.Planning;

/// <summary>A form of a prepared model that computes the same, what the samples showed of it, and how it came about.</summary>
/// <param name="Model">The model.</param>
/// <param name="Observed">What the samples showed of it.</param>
internal sealed record ModelForm(OnnxModel Model, Observations Observed)
{
    /// <summary>The Concats of which parts were raised.</summary>
    internal IReadOnlyList<RaisedJoin> Joins { get; init; } = [];

    /// <summary>The channels that were multiplied after that.</summary>
    internal IReadOnlyList<ChannelFactors> Factors { get; init; } = [];

    /// <summary>The channels that came into another order after that.</summary>
    internal IReadOnlyList<OrderedChannels> Orders { get; init; } = [];

    /// <summary>The nodes that stay in float in it, with the reason; null where that is not said.</summary>
    internal IReadOnlyDictionary<string, string>? InFloat { get; init; }
}

/// <summary>A Concat of which parts are multiplied by powers of two.</summary>
/// <param name="Output">What it joins to.</param>
/// <param name="Bits">The power of each part.</param>
internal sealed record RaisedJoin(string Output, ImmutableArray<int> Bits);

/// <summary>Channels in another order, with all others that are tied to them.</summary>
/// <param name="Output">The output of a layer that makes them.</param>
/// <param name="Order">For each place the channel that comes to stand there.</param>
internal sealed record OrderedChannels(string Output, ImmutableArray<int> Order);
