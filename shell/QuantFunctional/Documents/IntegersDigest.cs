using System.Buffers.Binary;
using System.Security.Cryptography;

namespace QuantFunctional.Documents;

/// <summary>The SHA-256 that ties a certificate to the integers that it was made of.</summary>
/// <remarks>
/// Hashed are, in this order and as 64-bit little-endian two's complement unless said otherwise: the numbers of
/// output channels, of inputs of each, and of kernel positions; every weight as one byte, by output channel, input
/// and position, whatever the layout; the bias, the multiplier, the right shift and the intrinsic right shift, each
/// with one value for every output channel; the zero points of input and output; the lowest and the highest output;
/// and what is added after the requantization.
/// </remarks>
public static class IntegersDigest
{
    /// <summary>The hash of a layer's integers in lower-case hexadecimal digits.</summary>
    public static string Of(IntegerLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (shape, channels) = (layer.Shape, Enumerable.Range(0, layer.Shape.Channels));
        Append(hash, [shape.Channels, shape.Inputs, shape.Positions]);
        foreach (var channel in channels)
            hash.AppendData(Weights(layer, channel));
        Append(hash, channels.Select(channel => layer.Bias[channel]));
        Append(hash, channels.Select(channel => (long)layer.Multiplier[channel]));
        Append(hash, channels.Select(channel => (long)layer.Shift[channel]));
        Append(hash, channels.Select(channel => (long)layer.IntrinsicShift[channel]));
        Append(hash, [layer.Input.ZeroPoint, layer.Output.ZeroPoint]);
        Append(hash, [layer.OutputRange.Low, layer.OutputRange.High, layer.OutputOffset]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Weights(IntegerLayer layer, int channel)
    {
        var shape = layer.Shape;
        var bytes = new byte[shape.Inputs * shape.Positions];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = unchecked((byte)layer.Weights[shape.Index(channel, i / shape.Positions, i % shape.Positions)]);
        return bytes;
    }

    private static void Append(IncrementalHash hash, IEnumerable<long> values)
    {
        var bytes = new byte[sizeof(long)];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            hash.AppendData(bytes);
        }
    }
}
