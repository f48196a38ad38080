using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>Makes values that hold per tensor or per output channel.</summary>
public static class ChannelValues
{
    /// <summary>One value for the whole tensor.</summary>
    public static Channelwise<T> PerTensor<T>(T value) => FSharp.Channelwise.perTensor(value);

    /// <summary>One value for each output channel, in channel order.</summary>
    public static Channelwise<T> PerChannel<T>(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FSharp.Channelwise.perChannel(values);
    }
}
