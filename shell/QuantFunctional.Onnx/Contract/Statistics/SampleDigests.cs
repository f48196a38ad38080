using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace QuantFunctional.Onnx;

/// <summary>
/// Digests of samples that hang neither on an order nor on a split: the sum modulo 2^256 of each sample's SHA-256, which knows its
/// place among the samples.
/// </summary>
internal static class SampleDigests
{
    private const int Digits = 64;
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    /// <summary>Whether a text is such a sum.</summary>
    internal static bool IsSum(string text) => text.Length == Digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The number that a text says.</summary>
    internal static BigInteger Sum(string text) => new(Convert.FromHexString(text), isUnsigned: true, isBigEndian: true);

    /// <summary>A sum as a text.</summary>
    internal static string Text(BigInteger sum)
    {
        var bytes = (sum % Modulus).ToByteArray(isUnsigned: true, isBigEndian: true);
        return Convert.ToHexStringLower(bytes).PadLeft(Digits, '0');
    }

    /// <summary>What tells all samples from others.</summary>
    /// <param name="sum">The sum of their digests.</param>
    /// <param name="samples">How many they are.</param>
    internal static string Of(string sum, long samples) => Convert.ToHexStringLower(SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{samples} {sum}"))));
}
