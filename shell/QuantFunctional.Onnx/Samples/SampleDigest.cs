using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace QuantFunctional.Onnx.Samples;

/// <summary>Adds up what tells samples from others, in any order and in parts.</summary>
internal sealed class SampleDigest
{
    private BigInteger _sum;

    /// <summary>The sum of the digests so far.</summary>
    internal string Sum => SampleDigests.Text(_sum);

    /// <summary>Adds a sample: its place among those that are used, and the name and SHA-256 of what each input was fed with.</summary>
    internal void Add(long place, IReadOnlyList<InputBuffer> inputs, int slot)
    {
        var text = new StringBuilder().Append(place.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var input in inputs)
            text.Append(input.Name).Append(' ').Append(Convert.ToHexStringLower(input.Digest(slot))).Append('\n');
        _sum += new BigInteger(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text.ToString())), isUnsigned: true, isBigEndian: true);
    }
}
