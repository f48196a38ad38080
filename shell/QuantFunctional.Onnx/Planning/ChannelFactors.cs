namespace QuantFunctional.Onnx.Planning;

/// <summary>By which powers of two the channels that a layer makes are multiplied, and with them all that are tied to them.</summary>
/// <param name="Output">The output of the first layer of the prepared model that makes such channels.</param>
/// <param name="Bits">The exponent of each channel, 0 to 8.</param>
internal sealed record ChannelFactors(string Output, IReadOnlyList<int> Bits)
{
    /// <summary>The largest exponent: of 8 bits a channel that is narrower has none, and it may be wider on other samples.</summary>
    internal const int MostBits = 8;
}
