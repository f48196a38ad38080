using System.Collections.Immutable;

namespace QuantFunctional.Documents.Json;

/// <summary>The attempts of a document to the trace of a plan. Sentences are not read: they follow from the rest.</summary>
internal static class TraceReading
{
    private const int MostBits = 8; // as the planner gives up

    internal static Trace ToTrace(IReadOnlyList<AttemptReport> attempts, bool perChannel, int channels, Place place)
    {
        place.Demand(attempts.Count > 0, $"is empty");
        return new Trace(
        [
            .. attempts.Select((attempt, i) =>
                ToAttempt(attempt, i == attempts.Count - 1, perChannel, channels, place.At(i))),
        ]);
    }

    private static Attempt ToAttempt(AttemptReport json, bool isLast, bool perChannel, int channels, Place place)
    {
        var bits = ScalesReading.List(json.BitsGivenUp, perChannel, channels, place.At("bitsGivenUp"));
        place.At("bitsGivenUp").Demand(
            bits.Values.All(value => value is >= 0 and <= MostBits), $"has an entry that is not one of 0 to {MostBits}");
        var largest = ScalesReading.List(json.LargestWeight, perChannel, channels, place.At("largestWeight"));
        place.At("largestWeight").Demand(
            largest.Values.All(FSharp.BacktrackingParameters.isLargestWeight),
            $"has an entry that is not one of 64 to 127 in whole 1/1024");
        var expected = Names.CasesOf<AttemptOutcome>()[isLast ? AttemptOutcome.Tags.Planned : AttemptOutcome.Tags.Retried];
        place.At("outcome").Demand(
            json.Outcome == expected, $"is `{json.Outcome}`; a plan's last attempt is planned, all before it are retried");
        place.At("retry").Demand(isLast == json.Retry is null, $"goes with the outcome `retried` alone");
        place.At("refusal").Demand(json.Refusal is null, $"does not go with a plan");
        var parameters = new BacktrackingParameters(
            place.At("precision").Find(Names.Precisions, json.Precision),
            json.ReluFallback is { } fallback ? place.At("reluFallback").Find(Names.Precisions, fallback) : null,
            ScalesReading.List(json.IntrinsicShiftRaised, perChannel, channels, place.At("intrinsicShiftRaised")),
            bits,
            largest);
        return new Attempt(
            parameters,
            json.Retry is { } retry
                ? AttemptOutcome.NewRetried(ToReason(retry, channels, place.At("retry")))
                : AttemptOutcome.Planned,
            [.. json.Warnings.Select((warning, i) => ToWarning(warning, channels, place.At("warnings").At(i)))]);
    }

    private static RetryReason ToReason(RetryReport json, int channels, Place place) => new(
        place.At("cause").Find(Names.RetryCauses, json.Cause),
        [.. json.Overflows.Select((overflow, i) => ToOverflow(overflow, channels, place.At("overflows").At(i)))],
        place.At("remedy").Find(Names.Remedies, json.Remedy));

    private static Overflow ToOverflow(OverflowReport json, int channels, Place place)
    {
        place.At("bits").Demand(json.Bits > 0, $"is {json.Bits}, at least 1 is needed");
        CheckChannel(json.Channel, channels, place.At("channel"));
        return new Overflow(json.Channel, json.Value, json.Limit, json.Bits);
    }

    private static Warning ToWarning(WarningReport json, int channels, Place place)
    {
        for (var i = 0; i < (json.Channels?.Count ?? 0); i++)
            CheckChannel(json.Channels![i], channels, place.At("channels").At(i));
        return (json.Kind, json.Channels, json.Bits) switch
        {
            ("dead-channels", { } list, null) => Warning.NewDeadChannels([.. list]),
            ("constant-output", { } list, null) => Warning.NewConstantOutput([.. list]),
            ("output-scale-reduced", null, { } bits) => Warning.NewOutputScaleReduced(bits),
            ("output-widened", null, { } bits) => Warning.NewOutputWidened(bits),
            var (kind, _, _) when Names.CasesOf<Warning>().Contains(kind) =>
                throw place.Fault(Diagnostics.FieldsExclude, $"`{kind}` has either `channels` or `bits`, not these fields; plan the layer again."),
            var (kind, _, _) => throw place.At("kind").Fault(
                Diagnostics.FieldValueUnknown, $"`{kind}` is no warning; it is one of {string.Join(", ", Names.CasesOf<Warning>())}."),
        };
    }

    private static void CheckChannel(int channel, int channels, Place place) =>
        place.Demand(channel >= 0 && channel < channels, $"is {channel}, the channels are 0 to {channels - 1}");
}
