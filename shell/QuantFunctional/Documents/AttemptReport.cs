namespace QuantFunctional.Documents;

/// <summary>One run through the planner's stages: what it held fixed and how it ended.</summary>
/// <param name="Precision">The precision of the output.</param>
/// <param name="IntrinsicShiftRaised">Where the larger intrinsic shift was used.</param>
/// <param name="BitsGivenUp">Bits of weight precision given up, 0 to 8.</param>
/// <param name="LargestWeight">How many steps the largest weight has: 127, or down to 64 for pairs of products.</param>
/// <param name="Outcome"><c>planned</c>, <c>retried</c> or <c>refused</c>.</param>
/// <param name="Warnings">What a user should know.</param>
/// <param name="ReluFallback">The precision to fall back to for a ReLU; null where there is none.</param>
/// <param name="Retry">Why the next attempt was made; null unless retried.</param>
/// <param name="Refusal">Why there is no plan; null unless refused.</param>
/// <remarks>Lists have one entry for the tensor or one for each output channel.</remarks>
public sealed record AttemptReport(
    string Precision,
    IReadOnlyList<bool> IntrinsicShiftRaised,
    IReadOnlyList<int> BitsGivenUp,
    IReadOnlyList<double> LargestWeight,
    string Outcome,
    IReadOnlyList<WarningReport> Warnings,
    string? ReluFallback = null,
    RetryReport? Retry = null,
    RefusalReport? Refusal = null)
{
    /// <summary>The attempts of a trace in order.</summary>
    public static IReadOnlyList<AttemptReport> Of(Trace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return [.. trace.Attempts.Select(Of)];
    }

    private static AttemptReport Of(Attempt attempt) => new(
        attempt.Parameters.Precision.Name,
        attempt.Parameters.IntrinsicShiftRaised.Values,
        attempt.Parameters.BitsGivenUp.Values,
        attempt.Parameters.LargestWeight.Values,
        Names.OutcomeOf(attempt.Outcome),
        [.. attempt.Warnings.Select(WarningReport.Of)],
        attempt.Parameters.ReluFallback?.Name,
        attempt.Outcome is AttemptOutcome.Retried retried ? RetryReport.Of(retried.Reason) : null,
        attempt.Outcome is AttemptOutcome.Refused refused ? RefusalReport.Of(refused.Refusal) : null);
}

/// <summary>Why an attempt started again.</summary>
/// <param name="Cause">What went beyond its limit: <c>product-overflow</c> and so on.</param>
/// <param name="Remedy">What was given up for it: <c>raise-intrinsic-shift</c> and so on.</param>
/// <param name="Overflows">Where, and by how much.</param>
/// <param name="Message">The same as a sentence, for people; it is not read back.</param>
public sealed record RetryReport(string Cause, string Remedy, IReadOnlyList<OverflowReport> Overflows, string Message)
{
    internal static RetryReport Of(RetryReason reason) => new(
        Names.RetryCauses[reason.Cause],
        Names.Remedies[reason.Remedy],
        [.. reason.Overflows.Select(o => new OverflowReport(o.Channel, o.Value, o.Limit, o.Bits))],
        reason.Message);
}

/// <summary>A value that went beyond its limit.</summary>
/// <param name="Channel">The output channel.</param>
/// <param name="Value">The value.</param>
/// <param name="Limit">The limit on its side.</param>
/// <param name="Bits">The halvings that bring it inside.</param>
public sealed record OverflowReport(int Channel, double Value, double Limit, int Bits);

/// <summary>Why a layer cannot be planned.</summary>
/// <param name="Kind">The refusal's name: <c>product-overflow</c> and so on.</param>
/// <param name="Message">A sentence: where, what was found, what is allowed.</param>
/// <param name="Channel">The output channel, where it is about one.</param>
/// <param name="Value">The value found, where it is about a finite one.</param>
/// <param name="Limit">The limit that it passed, where there is one.</param>
public sealed record RefusalReport(
    string Kind, string Message, int? Channel = null, double? Value = null, double? Limit = null)
{
    /// <summary>A refusal with its numbers.</summary>
    public static RefusalReport Of(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        var (channel, value, limit) = refusal switch
        {
            Refusal.ShiftAboveRange r => (r.Channel, r.Shift, r.Highest),
            Refusal.ProductOverflow r => (r.Channel, r.Value, r.Limit),
            Refusal.BiasOverflow r => (r.Channel, r.Value, r.Limit),
            Refusal.PairOverflow r => (r.Channel, r.Value, r.Limit),
            Refusal.OutputOverflow r => (r.Channel, r.Value, r.Limit),
            Refusal.BiasNotFinite r => (r.Channel, null, null),
            _ => ((int?)null, (double?)null, (double?)null),
        };
        return new RefusalReport(Names.RefusalOf(refusal), refusal.Message, channel, Finite(value), Finite(limit));
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}

/// <summary>What a user should know about a plan.</summary>
/// <param name="Kind">The warning's name: <c>dead-channels</c> and so on.</param>
/// <param name="Message">The same as a sentence, for people; it is not read back.</param>
/// <param name="Channels">The output channels, where it is about some.</param>
/// <param name="Bits">The bits, where it is about some.</param>
public sealed record WarningReport(
    string Kind, string Message, IReadOnlyList<int>? Channels = null, int? Bits = null)
{
    /// <summary>A warning with its channels or bits.</summary>
    public static WarningReport Of(Warning warning)
    {
        ArgumentNullException.ThrowIfNull(warning);
        var (kind, message) = (Names.WarningOf(warning), warning.Message);
        return warning switch
        {
            Warning.DeadChannels w => new(kind, message, Channels: w.Channels),
            Warning.ConstantOutput w => new(kind, message, Channels: w.Channels),
            Warning.OutputScaleReduced w => new(kind, message, Bits: w.Bits),
            Warning.OutputWidened w => new(kind, message, Bits: w.Bits),
            _ => new(kind, message),
        };
    }
}
