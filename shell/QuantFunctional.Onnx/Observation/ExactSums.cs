using System.Numerics;

namespace QuantFunctional.Onnx.Observation;

/// <summary>Sums of float32 numbers without any rounding, so that neither an order nor a split into parts changes them.</summary>
/// <remarks>
/// Every float32 number is a multiple of 2^-149. A sum is held in that unit, in digits of 32 bits that take 2^31 numbers each before
/// their carries have to move on.
/// </remarks>
internal sealed class ExactSums(int count)
{
    private const int Unit = -149;
    private const int Digits = 11; // 277 bits of float32, 64 of how many there are, and a sign
    private const int MostAdded = 1 << 30;

    private readonly long[] _digits = new long[count * Digits];
    private int _added;
    private bool _areFinite = true;

    /// <summary>The sums; none where a number was not finite.</summary>
    internal SumsJson Sums => _areFinite
        ? SumsOf.Integers([.. Enumerable.Range(0, count).Select(Sum)], Unit)
        : new SumsJson(0, []);

    /// <summary>Adds one number to each sum.</summary>
    internal void Add(ReadOnlySpan<float> values)
    {
        Count(1);
        for (var i = 0; i < values.Length; i++)
            AddTo(_digits.AsSpan(i * Digits, Digits), values[i]);
    }

    /// <summary>Adds all numbers to the first sum.</summary>
    internal void AddAll(ReadOnlySpan<float> values)
    {
        for (; !values.IsEmpty; values = values[Math.Min(values.Length, MostAdded)..])
        {
            var some = values[..Math.Min(values.Length, MostAdded)];
            Count(some.Length);
            foreach (var value in some)
                AddTo(_digits.AsSpan(0, Digits), value);
        }
    }

    private void AddTo(Span<long> digits, float value)
    {
        var bits = BitConverter.SingleToInt32Bits(value);
        var exponent = (bits >> 23) & 0xFF;
        if (exponent == 0xFF)
        {
            _areFinite = false;
            return;
        }

        long fraction = bits & 0x7FFFFF;
        if (exponent == 0)
            exponent = 1; // a subnormal number
        else
            fraction |= 0x800000;
        var shifted = (bits < 0 ? -fraction : fraction) << ((exponent - 1) & 31);
        var digit = (exponent - 1) >> 5;
        digits[digit] += shifted & uint.MaxValue;
        digits[digit + 1] += shifted >> 32;
    }

    private void Count(int added)
    {
        if (added > MostAdded - _added)
        {
            Carry();
            _added = 0;
        }

        _added += added;
    }

    private void Carry()
    {
        for (var i = 0; i < _digits.Length; i++)
        {
            // the last digit of a sum has its sign
            if (i % Digits == Digits - 1)
                continue;
            _digits[i + 1] += _digits[i] >> 32;
            _digits[i] &= uint.MaxValue;
        }
    }

    private BigInteger Sum(int index)
    {
        var sum = BigInteger.Zero;
        for (var digit = Digits - 1; digit >= 0; digit--)
            sum = (sum << 32) + _digits[(index * Digits) + digit];
        return sum;
    }
}
