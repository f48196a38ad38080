using System.Numerics;

namespace QuantFunctional.Onnx;

/// <summary>Exact sums as a file holds them, and what is computed of them.</summary>
internal static class SumsOf
{
    /// <summary>The one form that sums have.</summary>
    /// <param name="values">The sums in units of 2^exponent.</param>
    /// <param name="exponent">The power of two that is their unit.</param>
    internal static SumsJson Integers(IReadOnlyList<BigInteger> values, int exponent)
    {
        long? common = null;
        foreach (var value in values.Where(value => !value.IsZero))
            common = Math.Min(common ?? long.MaxValue, (long)BigInteger.TrailingZeroCount(value));
        return common is not { } zeros
            ? new SumsJson(0, [.. values])
            : new SumsJson(exponent + (int)zeros, [.. values.Select(value => value >> (int)zeros)]);
    }

    /// <summary>The sums of both.</summary>
    internal static SumsJson Added(SumsJson one, SumsJson other)
    {
        // sums that are not finite stay so
        if (one.Values.Count == 0 || other.Values.Count == 0)
            return new SumsJson(0, []);
        var unit = Math.Min(one.Exponent, other.Exponent);
        return Integers(
            [.. one.Values.Zip(other.Values, (first, second) => (first << (one.Exponent - unit)) + (second << (other.Exponent - unit)))], unit);
    }

    /// <summary>A sum over a count, rounded once.</summary>
    internal static double Mean(this SumsJson sums, int index, long count)
    {
        var sum = sums.Values[index];
        if (sum.IsZero)
            return 0;
        var magnitude = BigInteger.Abs(sum);
        // so that the quotient has 66 bits or more, of which the last also stands for the rest
        var shift = Math.Max(0, 130 - (int)magnitude.GetBitLength());
        var quotient = BigInteger.DivRem(magnitude << shift, count, out var rest);
        var beyond = (int)quotient.GetBitLength() - 62;
        var leading = (long)(quotient >> beyond);
        if (!rest.IsZero || BigInteger.TrailingZeroCount(quotient) < beyond)
            leading |= 1;
        return Math.ScaleB(leading, beyond - shift + sums.Exponent) * sum.Sign;
    }
}
