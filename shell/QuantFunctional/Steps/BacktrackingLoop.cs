using QuantFunctional.FSharp;

namespace QuantFunctional.Steps;

/// <summary>The loop that starts an attempt again until it is done (docs/backtracking.md), and what it starts with.</summary>
public static class BacktrackingLoop
{
    /// <summary>Runs attempts until one is done or refused.</summary>
    /// <param name="limit">How many attempts there may be.</param>
    /// <param name="message">What to say when the limit is reached.</param>
    /// <param name="attempt">One attempt; a function of its parameters alone.</param>
    /// <param name="start">The parameters of the first attempt.</param>
    /// <param name="trace">Every attempt, in order.</param>
    /// <returns>The last attempt's value, or why there is none.</returns>
    public static StageOutcome<T> Run<T>(
        int limit,
        string message,
        Func<BacktrackingParameters, StageOutcome<T>> attempt,
        BacktrackingParameters start,
        out Trace trace)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var result = Backtracking.run(
            limit, message, StageOutcomes.ToCore<T>(parameters => attempt(parameters)), start);
        trace = result.IsOk ? result.ResultValue.Item2 : result.ErrorValue.Trace;
        return result.IsOk
            ? new StageOutcome<T>.Done(result.ResultValue.Item1, trace.Last.Warnings)
            : new StageOutcome<T>.Refused(result.ErrorValue.Refusal);
    }

    /// <summary>Nothing raised and nothing given up yet.</summary>
    /// <param name="precision">What is asked for; names the first precision and its fallback.</param>
    /// <param name="channels">The number of output channels.</param>
    /// <param name="perChannel">Whether each channel has parameters of its own.</param>
    public static BacktrackingParameters Start(PrecisionRequest precision, int channels, bool perChannel)
    {
        ArgumentNullException.ThrowIfNull(precision);
        return new BacktrackingParameters(
            precision.First,
            precision.Fallback,
            DefaultIntrinsicShiftAdjustment(channels, perChannel),
            DefaultWeightAdjustment(channels, perChannel),
            DefaultLargestWeight(channels, perChannel));
    }

    /// <summary>No intrinsic shift is raised.</summary>
    public static Channelwise<bool> DefaultIntrinsicShiftAdjustment(int channels, bool perChannel) =>
        Everywhere(false, channels, perChannel);

    /// <summary>No bit of the weights is given up.</summary>
    public static Channelwise<int> DefaultWeightAdjustment(int channels, bool perChannel) =>
        Everywhere(0, channels, perChannel);

    /// <summary>The largest weight has its 127 steps everywhere.</summary>
    public static Channelwise<double> DefaultLargestWeight(int channels, bool perChannel) =>
        Everywhere(FSharp.BacktrackingParameters.wholeWeight, channels, perChannel);

    /// <summary>The parameters with the intrinsic shift raised where asked; null where all of them were raised already.</summary>
    public static BacktrackingParameters? TryIncreaseIntrinsicShift(
        BacktrackingParameters parameters, Channelwise<bool> positions)
    {
        var raised = FSharp.BacktrackingParameters.tryIncreaseIntrinsicShift(positions, parameters);
        return raised.IsSome ? raised.Value : null;
    }

    private static Channelwise<T> Everywhere<T>(T value, int channels, bool perChannel) => perChannel
        ? ChannelValues.PerChannel(Enumerable.Repeat(value, channels))
        : ChannelValues.PerTensor(value);
}
