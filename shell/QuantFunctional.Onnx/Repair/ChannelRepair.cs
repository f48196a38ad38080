using QuantFunctional.Onnx.Model;

namespace QuantFunctional.Onnx.Repair;

/// <summary>A channel before and after.</summary>
/// <param name="Channel">The output channel.</param>
/// <param name="Before">As the file stores it.</param>
/// <param name="After">With the smallest step that is safe.</param>
/// <param name="IsPair">Whether a pair was what did not hold.</param>
internal sealed record ChannelRepair(int Channel, StoredChannel Before, StoredChannel After, bool IsPair)
{
    /// <summary>By what factor the step has grown.</summary>
    internal double Growth => (double)After.Step / Before.Step;

    /// <summary>What changed in the real weights, squared and summed.</summary>
    internal double ChangePower() => Before.Weights.Zip(After.Weights, (before, after) =>
    {
        var change = ((before - Before.Zero) * (double)Before.Step) - ((after - After.Zero) * (double)After.Step);
        return change * change;
    }).Sum();
}

/// <summary>A layer's constants as channels, and what of them a target does not hold.</summary>
internal sealed class SiteChannels
{
    private readonly LayerSite _site;
    private readonly long[] _weights;
    private readonly long[] _zeros;
    private readonly float[] _steps;
    private readonly Func<int, float, long> _bias;

    private SiteChannels(LayerSite site, long[] weights, long[] zeros, float[] steps, Func<int, float, long> bias) =>
        (_site, _weights, _zeros, _steps, _bias) = (site, weights, zeros, steps, bias);

    /// <summary>Reads a layer's constants; null, with the reason, where they have no form that can be repaired.</summary>
    internal static SiteChannels? Read(LayerSite site, ModelEdits edits, out string reason)
    {
        var weight = site.Weight;
        if (edits.Constant(weight.Data.Tensor) is not { } data || !StoredIntegers.Are8Bits(data))
            return Refuse("its weights are not 8-bit constants", out reason);
        if (edits.Constant(weight.Step!.Value.Tensor) is not { } step || !StoredIntegers.IsStep(step))
            return Refuse("the step of its weights is not a float32 constant", out reason);
        var zero = weight.Zero is { } slot && slot.Tensor.Length > 0 ? edits.Constant(slot.Tensor) : null;
        if (zero is null && weight.Zero is { Tensor.Length: > 0 })
            return Refuse("the zero point of its weights is not a constant", out reason);
        var (steps, zeros) = (TensorData.Floats(step), zero is null ? [0] : TensorData.Integers(zero));
        if (!Fits(steps.Length, site) || !Fits(zeros.Length, site))
            return Refuse("its weights have another number of steps or zero points than of output channels", out reason);
        return BiasOf(site, edits, steps, out reason) is { } bias
            ? new SiteChannels(site, TensorData.Integers(data), zeros, steps, bias)
            : null;
    }

    /// <summary>The channels that break a limit, mended; null, with the channel, where no step mends one.</summary>
    internal IReadOnlyList<ChannelRepair>? Repairs(out int hopeless)
    {
        hopeless = -1;
        var repairs = new List<ChannelRepair>();
        for (var channel = 0; channel < _site.Shape.Channels; channel++)
        {
            var stored = Channel(channel);
            if (_site.Limits.AreHeld(stored))
                continue;
            if (SafeStep.Of(stored, _site.Limits) is not { } safe)
            {
                hopeless = channel;
                return null;
            }

            repairs.Add(new ChannelRepair(channel, stored, safe, _site.Limits.Pairs && !ChannelLimits.PairsHold(stored)));
        }

        return repairs;
    }

    /// <summary>The power of the layer's real weights.</summary>
    internal double Power() => Enumerable.Range(0, _site.Shape.Channels).Select(Channel).Sum(channel =>
        channel.Weights.Sum(stored => Math.Pow((stored - channel.Zero) * (double)channel.Step, 2)));

    private StoredChannel Channel(int channel) => new(
        [.. Enumerable.Range(0, FSharp.PairOrder.products(_site.Shape))
            .Select(product => (int)_weights[FSharp.PairOrder.index(_site.Shape, channel, product)])],
        (int)_zeros[_zeros.Length == 1 ? 0 : channel],
        _steps[_steps.Length == 1 ? 0 : channel],
        step => _bias(channel, step));

    /// <summary>The stored bias of a channel, by the step of its weights.</summary>
    private static Func<int, float, long>? BiasOf(LayerSite site, ModelEdits edits, float[] steps, out string reason)
    {
        reason = "";
        if (site.RealBias is { } real)
        {
            var values = TensorData.Floats(edits.Constant(real.Tensor)!);
            if (values.Length != site.Shape.Channels || site.InputStep is not { } input)
                return RefuseBias("its real bias is not one number for each output channel", out reason);
            return (channel, step) => (long)Math.Clamp(
                MathF.Round(values[channel] / (input * step), MidpointRounding.ToEven), int.MinValue, int.MaxValue);
        }

        if (site.Bias is not { } bias)
            return (_, _) => 0;
        if (edits.Constant(bias.Data.Tensor) is not { } data || !StoredIntegers.IsBias(data, site.Shape.Channels))
            return RefuseBias("its bias is not one int32 constant for each output channel", out reason);
        if (site.InputStep is not { } inputStep)
            return RefuseBias("the step of its input is not a constant, and its bias has integers", out reason);
        var own = BiasSteps.Of(bias, edits, inputStep, steps, site.Shape.Channels);
        if (own is null)
            return RefuseBias("the steps of its bias are not float32 constants with zero point 0", out reason);
        var integers = TensorData.Integers(data);
        return (channel, step) => step == steps[steps.Length == 1 ? 0 : channel]
            ? integers[channel]
            : BiasSteps.Requantized(integers[channel], own[channel], inputStep * step);
    }

    private static bool Fits(int count, LayerSite site) => count == 1 || count == site.Shape.Channels;

    private static SiteChannels? Refuse(string why, out string reason)
    {
        reason = why;
        return null;
    }

    private static Func<int, float, long>? RefuseBias(string why, out string reason)
    {
        reason = why;
        return null;
    }
}
