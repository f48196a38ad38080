using System.Numerics;
using System.Security.Cryptography;

namespace QuantFunctional.Checking;

/// <summary>The values of an intermediate: its name, the bits that must hold it, and its ends.</summary>
internal readonly record struct Range(string Name, int Bits, BigInteger Low, BigInteger High)
{
    internal BigInteger Half => BigInteger.One << (Bits - 1);

    internal bool Holds => Low >= -Half && High < Half;
}

/// <summary>
/// A layer's integers by interval arithmetic, weight by weight: written from docs/arithmetic.md alone, so that a
/// certificate is checked by other code than made it.
/// </summary>
internal sealed class LayerArithmetic(IntegerLayer layer)
{
    private bool Is15 => layer.Path.IsInt15;

    /// <summary>The lowest and the highest stored input.</summary>
    internal (int Low, int High) Inputs => layer.Path.IsInt8 ? (-128, 127) : (-32768, 32767);

    /// <summary>The lowest and the highest value of the output's type.</summary>
    internal (BigInteger Low, BigInteger High) OutputType => layer.Output.Type switch
    {
        { IsInt8: true } => (-128, 127),
        { IsInt16: true } => (-32768, 32767),
        _ => (int.MinValue, int.MaxValue),
    };

    internal sbyte[] Weights(int channel)
    {
        var (inputs, positions) = (layer.Shape.Inputs, layer.Shape.Positions);
        var weights = new sbyte[inputs * positions];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = layer.Weights[layer.Shape.Index(channel, i / positions, i % positions)];
        return weights;
    }

    /// <summary>Multiplier and exponent as TFLite's files hold them: at least 2^30, S = multiplier·2^(exponent − 31).</summary>
    internal (BigInteger Multiplier, int Exponent) Tflite(int channel)
    {
        BigInteger multiplier = layer.Multiplier[channel];
        var width = (int)multiplier.GetBitLength();
        return (multiplier << (31 - width), width - layer.Shift[channel]);
    }

    /// <summary>The factor of a channel whose multiplier is reduced to 16 bits.</summary>
    internal double ReducedFactor(int channel)
    {
        var (multiplier, exponent) = Tflite(channel);
        return Math.ScaleB((double)Reduced(multiplier), exponent - 15);
    }

    /// <summary>Every intermediate of a channel, for inputs that each lie in an interval of their own.</summary>
    internal List<Range> Ranges(int channel, Func<int, (int Low, int High)> input)
    {
        var (weights, bits) = (Weights(channel), layer.Accumulator.Bits);
        var ranges = new List<Range>();
        var product = Is15 ? Halves(channel, weights, input, ranges) : Sum(weights, input, -Offset);
        ranges.Add(new Range("product", bits, product.Low, product.High));
        var sum = new Range(
            "product-and-bias", bits, product.Low + layer.Bias[channel], product.High + layer.Bias[channel]);
        ranges.Add(sum);
        Requantized(channel, sum, ranges);
        return ranges;
    }

    /// <summary>The product of inputs that all are the stored 0, where the bias takes it off.</summary>
    internal BigInteger ZeroProduct(int channel) => Is15 || layer.Profile.InputZeroPoint.IsInBias
        ? Ranges(channel, _ => (layer.Input.ZeroPoint, layer.Input.ZeroPoint)).Single(range => range.Name == "product").Low
        : 0;

    /// <summary>The output before it is cut, from an accumulator.</summary>
    internal BigInteger Uncut(int channel, BigInteger sum)
    {
        var (multiplier, shift) = (layer.Multiplier[channel], layer.Shift[channel]);
        var (filed, exponent) = Tflite(channel);
        return layer.OutputOffset + layer.Rounding switch
        {
            { IsOnceTiesUp: true } => TiesUp(sum * multiplier, shift),
            { IsTwiceGemmlowp: true } => Gemmlowp(sum, filed, exponent),
            { IsOnceTiesUpReduced16: true } => TiesUp(sum * Reduced(filed), 15 - exponent),
            _ => ToEven((float)(int)sum * (float)Math.ScaleB(multiplier, -shift)),
        };
    }

    /// <summary>The SHA-256 of the integers, in the order that the documentation of the format states.</summary>
    internal string Digest()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes); // little-endian on every machine
        var channels = Enumerable.Range(0, layer.Shape.Channels).ToList();
        void Write(IEnumerable<long> values) => values.ToList().ForEach(writer.Write);
        Write([layer.Shape.Channels, layer.Shape.Inputs, layer.Shape.Positions]);
        channels.ForEach(channel => Array.ForEach(Weights(channel), writer.Write));
        Write(layer.Bias);
        Write(channels.Select(channel => (long)layer.Multiplier[channel]));
        Write(channels.Select(channel => (long)layer.Shift[channel]));
        Write(channels.Select(channel => (long)layer.IntrinsicShift[channel]));
        Write([layer.Input.ZeroPoint, layer.Output.ZeroPoint]);
        Write([layer.OutputRange.Low, layer.OutputRange.High, layer.OutputOffset]);
        return Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
    }

    private int Offset => Is15 || layer.Profile.InputZeroPoint.IsInBias ? 0 : layer.Input.ZeroPoint;

    private static (BigInteger Low, BigInteger High) Sum(
        sbyte[] weights, Func<int, (int Low, int High)> input, int add)
    {
        var (low, high) = (0L, 0L); // 2^31 weights of 2^7 times 2^16 stay below 2^54
        for (var i = 0; i < weights.Length; i++)
        {
            var (atLow, atHigh) = ((long)weights[i] * (input(i).Low + add), (long)weights[i] * (input(i).High + add));
            low += Math.Min(atLow, atHigh);
            high += Math.Max(atLow, atHigh);
        }

        return (low, high);
    }

    private (BigInteger Low, BigInteger High) Halves(
        int channel, sbyte[] weights, Func<int, (int Low, int High)> input, List<Range> ranges)
    {
        var bits = layer.Accumulator.Bits;
        (int Low, int High) Half(int i) => (input(i).Low >> 1, input(i).High >> 1);
        (int Low, int High) Low7(int i) => Half(i).Low == Half(i).High ? (Half(i).Low & 127, Half(i).Low & 127) : (0, 127);
        var high = Sum(weights, i => (Half(i).Low >> 7, Half(i).High >> 7), 0);
        var low = Sum(weights, Low7, 0);
        var whole = Sum(weights, Half, 0);
        ranges.Add(new Range("high-half", bits, high.Low, high.High));
        ranges.Add(new Range("low-half", bits, low.Low, low.High));
        return layer.IntrinsicShift[channel] == 1 ? whole : (whole.Low >> 7, whole.High >> 7);
    }

    private void Requantized(int channel, Range sum, List<Range> ranges)
    {
        var (filed, exponent) = Tflite(channel);
        if (layer.Rounding.IsTwiceGemmlowp)
        {
            var left = Math.Max(exponent, 0);
            ranges.Add(new Range("shifted-left", 32, sum.Low << left, sum.High << left));
        }
        else if (!layer.Rounding.IsSingleTiesToEven)
        {
            var reduces = layer.Rounding.IsOnceTiesUpReduced16;
            var factor = reduces ? Reduced(filed) : layer.Multiplier[channel];
            var right = reduces ? 15 - exponent : layer.Shift[channel];
            var constant = right > 0 ? BigInteger.One << (right - 1) : 0;
            ranges.Add(new Range("multiplied", 64, sum.Low * factor, (sum.High * factor) + constant));
        }

        if (!layer.Rounding.IsSingleTiesToEven)
        {
            var bits = layer.Rounding.IsOnceTiesUp && !layer.Profile.IsTflite ? 64 : 32;
            ranges.Add(new Range("requantized", bits, Uncut(channel, sum.Low), Uncut(channel, sum.High)));
        }
    }

    private static BigInteger TiesUp(BigInteger x, int right) =>
        right > 0 ? (x + (BigInteger.One << (right - 1))) >> right : x << -right;

    private static BigInteger Gemmlowp(BigInteger sum, BigInteger multiplier, int exponent)
    {
        var shifted = BigInteger.Clamp(sum << Math.Max(exponent, 0), int.MinValue, int.MaxValue);
        var high = TiesUp(shifted * multiplier, 31);
        var away = TiesUp(BigInteger.Abs(high), Math.Max(-exponent, 0));
        return high.Sign * away;
    }

    private static BigInteger Reduced(BigInteger multiplier) =>
        BigInteger.Min((multiplier + (1 << 15)) >> 16, short.MaxValue);

    private static BigInteger ToEven(float x) =>
        new(MathF.Round(Math.Clamp(x, float.MinValue, float.MaxValue), MidpointRounding.ToEven));
}
