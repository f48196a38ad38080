namespace QuantFunctional.Onnx.Planning;

/// <summary>By which powers of two the channels that a layer makes are multiplied, and with them all that are tied to them.</summary>
/// <param name="Layer">The output of the first layer of the prepared model that makes such channels.</param>
/// <param name="Bits">The exponent of each channel, 0 or more.</param>
internal sealed record ChannelFactors(string Layer, IReadOnlyList<int> Bits);
