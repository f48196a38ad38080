namespace QuantFunctional.Onnx.Repair;

/// <summary>Finds the smallest step of a channel's weights with which its sums hold.</summary>
internal static class SafeStep
{
    /// <summary>
    /// The channel with the smallest float32 step, not below its own, at which all is held; null where no step helps, as
    /// where the zero point alone makes a pair that 16 bits do not hold.
    /// </summary>
    internal static StoredChannel? Of(StoredChannel channel, ChannelLimits limits)
    {
        if (limits.AreHeld(channel))
            return channel;
        var (broken, held) = (channel, channel);
        do
        {
            (broken, held) = (held, channel.In(held.Step * 2));
            if (!float.IsFinite(held.Step))
                return null;
        }
        while (!limits.AreHeld(held));

        // positive floats are in the order of their bits
        var (low, high) = (BitConverter.SingleToInt32Bits(broken.Step), BitConverter.SingleToInt32Bits(held.Step));
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            var tried = channel.In(BitConverter.Int32BitsToSingle(middle));
            if (limits.AreHeld(tried))
                (high, held) = (middle, tried);
            else
                low = middle;
        }

        return BalancedRounding.Of(held, channel, limits);
    }
}
