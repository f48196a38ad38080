namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// A trace as a story: every attempt, what overflowed in it, and what was given up for the next.
[<RequireQualifiedAccess>]
module internal Attempts =

    let private overflow (cause: RetryCause) (overflow: Overflow) : OverflowExplanation =
        let value, limit = Words.number overflow.Value, Words.number overflow.Limit

        let missing =
            match cause with
            | RetryCause.PairOverflow -> $"{Words.hundredths (abs overflow.Value / overflow.Limit)} times as much"
            | _ -> $"""{Words.counted overflow.Bits "bit"} missing"""

        let beyond = if overflow.Value < overflow.Limit then "below" else "above"

        let what, whose =
            match cause with
            | RetryCause.ShiftAboveRange -> "the shift would be", "the target's"
            | RetryCause.ProductOverflow -> "the product would reach", "the accumulator's"
            | RetryCause.BiasOverflow
            | RetryCause.Relu -> "product, bias or their sum would reach", "the accumulator's"
            | RetryCause.PairOverflow -> "two neighbouring weights together would reach", "the 16-bit sum's"

        {
            Channel = overflow.Channel
            Value = overflow.Value
            Limit = overflow.Limit
            BitsMissing = overflow.Bits
            Sentence = $"channel {overflow.Channel}: {what} {value}, {beyond} {whose} limit of {limit}: {missing}"
        }

    /// What raising the steps of some entries costs, with the factor of each.
    let private growthSentence (place: string) (growth: float list) =
        let mean = Words.hundredths (List.average growth)
        let cost = Words.hundredths (List.averageBy Bits.decibels growth)

        let how =
            match growth with
            | [ _ ] -> $"by {mean}, that is {cost} dB"
            | _ ->
                $"by {mean} on average and {Words.hundredths (List.max growth)} at most, that is {cost} dB on average"

        $"the step of the weights of {place} grows {how}, so that no two neighbouring products leave 16 bits"

    let private changeSentence (place: string) (raised: bool) (before: int) (after: int) =
        let shift =
            $"the intrinsic shift of {place} is raised from {IntrinsicShift.Lo} to {IntrinsicShift.Hi}, "
            + "which drops the 7 lowest bits of the product"

        let bits =
            let left = WeightScales.mostBitsGivenUp - after
            let given = Words.counted (after - before) "bit"
            $"{given} of the weights of {place}, so that {left} of 8 are left"

        match raised, after > before with
        | true, true -> $"{shift}; {bits}"
        | true, false -> shift
        | false, _ -> bits

    /// What the next attempt holds that this one did not, with like channels together.
    let private changes (before: BacktrackingParameters) (after: BacktrackingParameters) : ChangeExplanation list =
        let perChannel = before.BitsGivenUp.IsPerChannel

        [ 0 .. before.BitsGivenUp.Count - 1 ]
        |> List.groupBy (fun entry ->
            after.IntrinsicShiftRaised[entry] && not before.IntrinsicShiftRaised[entry],
            after.LargestWeight[entry] < before.LargestWeight[entry],
            before.BitsGivenUp[entry],
            after.BitsGivenUp[entry])
        |> List.filter (fun ((raised, grows, bits, next), _) -> raised || grows || next > bits)
        |> List.map (fun ((raised, grows, bits, next), entries) ->
            let growth =
                entries |> List.map (fun entry -> before.LargestWeight[entry] / after.LargestWeight[entry])

            let channels =
                if perChannel then
                    ImmutableArray.CreateRange<int> entries
                else
                    ImmutableArray.Empty

            let place =
                if not perChannel then
                    "the whole layer"
                elif entries.Length > 1 && entries.Length = before.BitsGivenUp.Count then
                    $"all {entries.Length} channels"
                else
                    Words.channels channels

            {
                Channels = channels
                IntrinsicShiftRaised = raised
                BitsGivenUpBefore = bits
                BitsGivenUpAfter = next
                StepGrowthMean = List.average growth
                StepGrowthMost = List.max growth
                Sentence =
                    if grows then
                        growthSentence place growth
                    else
                        changeSentence place raised bits next
            })

    let private start (parameters: BacktrackingParameters) =
        let raised =
            Channelwise.sumBy (fun raised -> if raised then 1 else 0) parameters.IntrinsicShiftRaised

        let given = parameters.BitsGivenUp |> Channelwise.positions (fun bits -> bits > 0)

        let grown =
            BacktrackingParameters.stepGrowth parameters |> Channelwise.positions (fun growth -> growth > 1.0)

        let inPlace (count: int) =
            if parameters.BitsGivenUp.IsPerChannel then
                $"""in {Words.counted count "channel"}"""
            else
                "in the whole layer"

        [
            parameters.Precision.Name
            if raised > 0 then
                $"with the larger intrinsic shift {inPlace raised}"
            if given.Length > 0 then
                let bits = Seq.max parameters.BitsGivenUp.Values
                $"""with up to {Words.counted bits "bit"} of the weights given up {inPlace given.Length}"""
            if grown.Length > 0 then
                $"with a larger step of the weights {inPlace grown.Length}"
        ]
        |> String.concat ", "

    let private cause (reason: RetryReason) =
        match reason.Cause with
        | RetryCause.Relu -> "the output's zero point is not its lowest value, so saturation is not ReLU"
        | RetryCause.ShiftAboveRange -> "the shift is above what the target runs"
        | RetryCause.ProductOverflow -> "the product leaves the accumulator"
        | RetryCause.BiasOverflow -> "product, bias or their sum leaves the accumulator"
        | RetryCause.PairOverflow -> "two neighbouring products leave the 16 bits that the target adds them in"

    let private ofAttempt (number: int) (attempt: Attempt) (next: Attempt voption) : AttemptExplanation =
        let parameters = attempt.Parameters

        let told outcome ending overflows =
            {
                Number = number
                Precision = parameters.Precision.Name
                Outcome = outcome
                Sentence = $"{start parameters}: {ending}"
                Overflows = ImmutableArray.CreateRange<OverflowExplanation> overflows
                GivenUp =
                    match next with
                    | ValueSome next -> ImmutableArray.CreateRange(changes parameters next.Parameters)
                    | ValueNone -> ImmutableArray.Empty
                FallsBackTo =
                    match next with
                    | ValueSome next when next.Parameters.Precision <> parameters.Precision ->
                        next.Parameters.Precision.Name
                    | _ -> null
                Warnings = ImmutableArray.CreateRange(attempt.Warnings |> Seq.map _.Message)
            }

        match attempt.Outcome with
        | AttemptOutcome.Planned -> told "planned" "everything fits" []
        | AttemptOutcome.Refused refusal -> told "refused" refusal.Message []
        | AttemptOutcome.Retried reason ->
            told "retried" (cause reason) (Seq.map (overflow reason.Cause) reason.Overflows)

    /// Every attempt in order.
    let ofTrace (trace: Trace) : ImmutableArray<AttemptExplanation> =
        let attempts = trace.Attempts

        ImmutableArray.CreateRange(
            attempts
            |> Seq.mapi (fun i attempt ->
                let next =
                    if i + 1 < attempts.Length then
                        ValueSome attempts[i + 1]
                    else
                        ValueNone

                ofAttempt (i + 1) attempt next)
        )
