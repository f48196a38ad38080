using System.Collections.Immutable;
using QuantFunctional.Onnx.Format;
using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Products;

/// <summary>Weights as a file stores them, each with the zero point of its output channel.</summary>
internal sealed record StoredWeights(long[] Stored, long[] Zeros)
{
    /// <summary>Whether a zero point is not 0.</summary>
    internal bool HaveZeroPoint => Zeros.Any(zero => zero != 0);

    /// <summary>The weights; null, with the reason, where a zero point is none that is known.</summary>
    internal static StoredWeights? Read(
        TensorProto data, string zeroPoint, WeightShape shape, GraphIndex index, out string reason)
    {
        reason = "";
        long[] zeros = [0];
        if (zeroPoint.Length > 0)
        {
            if (index.Constant(zeroPoint) is not { } zero)
                reason = "the zero point of its weights is not a constant";
            else if ((zeros = TensorData.Integers(zero)).Length != 1 && zeros.Length != shape.Channels)
                reason = "its weights have another number of zero points than of output channels";
        }

        if (reason.Length > 0)
            return null;
        var (stored, each) = (TensorData.Integers(data), new long[TensorData.Count(data)]);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var product = 0; product < shape.WeightsPerChannel; product++)
                each[FSharp.PairOrder.index(shape, channel, product)] = zeros[zeros.Length == 1 ? 0 : channel];
        }

        return new StoredWeights(stored, each);
    }

    /// <summary>Whether a pair of stored weights can leave 16 bits.</summary>
    internal bool CanSaturate(WeightShape shape) => Enumerable.Range(0, shape.Channels).Any(channel =>
        Enumerable.Range(0, shape.WeightsPerChannel / 2).Any(pair => !FSharp.PairOrder.isSafe(
            (sbyte)Stored[FSharp.PairOrder.index(shape, channel, 2 * pair)],
            (sbyte)Stored[FSharp.PairOrder.index(shape, channel, (2 * pair) + 1)])));

    /// <summary>Whether 32 bits hold every channel's sum, whatever the inputs and their zero point are.</summary>
    internal bool FitInt32(WeightShape shape) => Enumerable.Range(0, shape.Channels).All(channel =>
        byte.MaxValue * Enumerable.Range(0, shape.WeightsPerChannel).Sum(product =>
        {
            var at = FSharp.PairOrder.index(shape, channel, product);
            return Math.Abs(Stored[at] - Zeros[at]);
        }) <= int.MaxValue);

    /// <summary>The weights with their zero points taken off; null where one is more than 8 bits hold.</summary>
    internal ImmutableArray<sbyte>? Differences()
    {
        var differences = Stored.Zip(Zeros, (stored, zero) => stored - zero).ToArray();
        return differences.All(difference => difference is >= sbyte.MinValue and <= sbyte.MaxValue)
            ? [.. differences.Select(difference => (sbyte)difference)]
            : null;
    }
}
