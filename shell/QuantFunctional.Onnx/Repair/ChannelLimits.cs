namespace QuantFunctional.Onnx.Repair;

/// <summary>What the sums of an output channel must hold on a target, over every input there is.</summary>
/// <param name="Pairs">Whether neighbouring products must stay within 16 bits.</param>
/// <param name="LowestInput">The lowest value that weights are multiplied by, as the sums count them.</param>
/// <param name="HighestInput">The highest one.</param>
/// <param name="Bits">The bits of the signed accumulator.</param>
/// <param name="ZeroPointInBias">The input's zero point where the bias takes it off, else 0.</param>
internal sealed record ChannelLimits(bool Pairs, long LowestInput, long HighestInput, int Bits, long ZeroPointInBias = 0)
{
    /// <summary>
    /// The largest sum of two neighbouring stored weights of one sign: 255·128 = 32640 stays within 16 bits, 255·129 does
    /// not.
    /// </summary>
    internal const int LargestPair = 128;

    /// <summary>What a layer on integers must hold.</summary>
    internal static ChannelLimits Of(IntegerLayer layer, bool pairs) => new(
        pairs,
        layer.InputRange.Low - layer.InputOffset,
        layer.InputRange.High - layer.InputOffset,
        layer.Accumulator.Bits,
        layer.Profile.InputZeroPointInBias(layer.Path) ? layer.Input.ZeroPoint : 0);

    /// <summary>Whether a channel holds all of it.</summary>
    internal bool AreHeld(StoredChannel channel) => (!Pairs || PairsHold(channel)) && SumsHold(channel);

    /// <summary>Whether no pair of stored weights can leave 16 bits.</summary>
    internal static bool PairsHold(StoredChannel channel)
    {
        var weights = channel.Weights;
        for (var first = 0; first + 1 < weights.Length; first += 2)
        {
            if (!PairHolds(weights[first], weights[first + 1]))
                return false;
        }

        return true;
    }

    /// <summary>Whether 16 bits hold the products of two neighbouring stored weights.</summary>
    internal static bool PairHolds(int one, int other) =>
        Math.Max(one, 0) + Math.Max(other, 0) <= LargestPair && Math.Min(one, 0) + Math.Min(other, 0) >= -LargestPair;

    /// <summary>Whether the accumulator holds the products' sum, the bias, and both together.</summary>
    internal bool SumsHold(StoredChannel channel)
    {
        var (positive, negative) = (0L, 0L);
        foreach (var stored in channel.Weights)
        {
            var weight = stored - channel.Zero;
            positive += Math.Max(weight, 0);
            negative += Math.Min(weight, 0);
        }

        var lowest = (LowestInput * positive) + (HighestInput * negative);
        var highest = (HighestInput * positive) + (LowestInput * negative);
        var bias = channel.Bias - (ZeroPointInBias * (positive + negative));
        return Holds(lowest) && Holds(highest) && Holds(bias) && Holds(lowest + bias) && Holds(highest + bias);
    }

    private bool Holds(long value) => value >= -(1L << (Bits - 1)) && value < 1L << (Bits - 1);
}
