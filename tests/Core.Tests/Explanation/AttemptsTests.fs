module QuantFunctional.Tests.ExplainedAttemptsTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private all (checks: Property seq) : Property =
    checks |> Seq.fold (fun holds check -> holds .&. check) (Prop.ofTestable true)

/// What the next attempt holds that this one did not: (channel, raised, bits before, bits after); channel -1 for all.
let private differences (before: BacktrackingParameters) (after: BacktrackingParameters) =
    [
        for i in 0 .. before.BitsGivenUp.Count - 1 do
            let raised = after.IntrinsicShiftRaised[i] && not before.IntrinsicShiftRaised[i]

            let grows = after.LargestWeight[i] < before.LargestWeight[i]

            if raised || grows || after.BitsGivenUp[i] <> before.BitsGivenUp[i] then
                (if before.BitsGivenUp.IsPerChannel then i else -1), raised, before.BitsGivenUp[i], after.BitsGivenUp[i]
    ]

let private told (attempt: AttemptExplanation) =
    [
        for change in attempt.GivenUp do
            let channels =
                if change.Channels.IsEmpty then
                    [ -1 ]
                else
                    List.ofSeq change.Channels

            for channel in channels do
                channel, change.IntrinsicShiftRaised, change.BitsGivenUpBefore, change.BitsGivenUpAfter
    ]
    |> List.sort

let private ofRetry (explained: AttemptExplanation) (before: Attempt) (after: Attempt) (reason: RetryReason) =
    let overflows = [ for o in reason.Overflows -> o.Channel, o.Value, o.Limit, o.Bits ]

    let explainedOverflows =
        [ for o in explained.Overflows -> o.Channel, o.Value, o.Limit, o.BitsMissing ]

    let named (overflow: OverflowExplanation) =
        overflow.Sentence.StartsWith $"channel {overflow.Channel}: "
        && overflow.Sentence.EndsWith(
            if reason.Cause = RetryCause.PairOverflow then
                " times as much"
            elif overflow.BitsMissing = 1 then
                ": 1 bit missing"
            else
                " bits missing"
        )

    (overflows = explainedOverflows |> Prop.label "every overflow")
    .&. (explained.Overflows |> Seq.forall named |> Prop.label "channel and bits in the sentence")
    .&. (told explained = List.sort (differences before.Parameters after.Parameters)
         |> Prop.label "what was given up")
    .&. ((explained.FallsBackTo = null) = (before.Parameters.Precision = after.Parameters.Precision)
         |> Prop.label "fallback")
    .&. (explained.GivenUp
         |> Seq.forall (fun change ->
             (change.StepGrowthMost > 1.0) = (reason.Remedy = Remedy.RaiseWeightStep)
             && change.StepGrowthMean <= change.StepGrowthMost
             && change.StepGrowthMean >= 1.0)
         |> Prop.label "the growth of steps")
    .&. ((not explained.GivenUp.IsEmpty || explained.FallsBackTo <> null)
         |> Prop.label "something was given up")
    .&. (explained.Outcome = "retried" |> Prop.label explained.Outcome)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P10 every attempt is told: what overflowed where, and what the next one gave up for it`` (case: LayerCase) =
    let trace = LayerCase.trace case
    let explained = Explanation.ofTrace trace

    [
        (explained.Length = trace.Attempts.Length |> Prop.label "all of them")
        for i in 0 .. explained.Length - 1 do
            (explained[i].Number = i + 1 |> Prop.label "numbered")

            match trace.Attempts[i].Outcome with
            | AttemptOutcome.Planned -> explained[i].Outcome = "planned" |> Prop.label "planned"
            | AttemptOutcome.Refused refusal ->
                (explained[i].Outcome = "refused" && explained[i].Sentence.EndsWith refusal.Message)
                |> Prop.label "refused"
            | AttemptOutcome.Retried reason -> ofRetry explained[i] trace.Attempts[i] trace.Attempts[i + 1] reason
    ]
    |> all
    |> Prop.classify (trace.Retries > 0) "retried"
    |> Prop.classify (trace.Retries > 1) "retried more than once"

/// Twelve channels alike, but for one with weights so small that its bias does not fit its accumulator.
let private planted =
    let weights =
        Array.init 12 (fun channel ->
            let size = if channel = 5 then 1e-6f else 0.3f
            Array.init 16 (fun i -> size * (1.0f - float32 ((i * 7) % 16) / 8.0f)))

    { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights with
        InputStep = 0.05
        InputZeroPoint = -100
        Low = -6.0
        High = 6.0
        Bias = Array.init 12 (fun channel -> if channel = 5 then 5.0f else 0.1f)
    }

[<Fact>]
let ``A planted overflow is told with its channel, the bits missing, the limit and what was given up`` () =
    let plan = PlainCase.plan planted
    let explanation = Explanation.ofLayer "fc" "Gemm" plan
    let first = explanation.Attempts[0]
    let overflow = Assert.Single first.Overflows
    let given = Assert.Single first.GivenUp

    Assert.Equal(2, explanation.Attempts.Length)
    Assert.Equal(5, overflow.Channel)
    Assert.Equal(2147483647.0, overflow.Limit)
    Assert.True(overflow.Value > 2147483647.0 * 4.0 && overflow.Value <= 2147483647.0 * 8.0)
    Assert.Equal(3, overflow.BitsMissing)
    Assert.Matches("^channel 5: .* above the accumulator's limit of 2147483647: 3 bits missing$", overflow.Sentence)
    Assert.Equal([ 5 ], given.Channels)
    Assert.Equal((0, 3), (given.BitsGivenUpBefore, given.BitsGivenUpAfter))
    Assert.Equal("3 bits of the weights of channel 5, so that 5 of 8 are left", given.Sentence)
    Assert.Equal("planned", explanation.Attempts[1].Outcome)

    let channel = explanation.Channels[5]
    Assert.Equal(3, channel.BitsGivenUp)
    Assert.True channel.Retried
    Assert.Equal(16, channel.LargestWeight)
    Assert.All(explanation.Channels, fun other -> Assert.Equal(other.Channel = 5, other.Retried))
    Assert.Contains("Weight bits: retries gave up 3 bits in channel 5.", explanation.Paid)

[<Fact>]
let ``A channel's own story tells its retries; that of another has none`` () =
    let explanation = Explanation.ofLayer "fc" "Gemm" (PlainCase.plan planted)

    let text channel =
        ExplanationReport.ofChannel channel explanation |> Blocks.toText |> String.concat "\n"

    Assert.Contains("channel 5 of 12", text 5)
    Assert.Contains("Given up: 3 bits of the weights of channel 5", text 5)
    Assert.Contains("divided by 2^3 for the 3 bits that retries gave up", text 5)
    Assert.DoesNotContain("Given up", text 4)
    Assert.Contains("None: it overflowed nowhere, and gave nothing up.", text 4)

[<Fact>]
let ``A retried channel stands in the layer's table, however many are worse`` () =
    let many =
        { planted with
            Weights = Array.init 40 (fun channel -> planted.Weights[if channel = 33 then 5 else 0])
            Bias = Array.init 40 (fun channel -> if channel = 33 then 5.0f else 0.1f)
        }

    let report =
        ExplanationReport.ofLayer (Explanation.ofLayer "fc" null (PlainCase.plan many))

    let rows =
        report
        |> List.pick (fun block ->
            match block with
            | Block.Table(Column.Right "Channel" :: _, rows) -> Some rows
            | _ -> None)

    Assert.Equal(8, rows.Length)
    Assert.Contains(rows, fun row -> row.Head = "33" && List.last row = "yes")
    Assert.Contains("... and 32 more", report |> Blocks.toText |> String.concat "\n")

[<Fact>]
let ``A raised intrinsic shift is told with what it costs`` () =
    let weights = [| [| 0.3f; -0.3f |]; [| 1e-5f; -1e-5f |] |]

    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt16 weights with
            InputType = ScalarType.Int16
            InputStep = 0.05
            Low = -600.0
            High = 600.0
            Bias = [| 0.0f; 100.0f |]
        }

    let explanation = Explanation.ofLayer "fc" null (PlainCase.plan case)

    Assert.Equal(
        "the intrinsic shift of channel 1 is raised from 1 to 8, which drops the 7 lowest bits of the product",
        (Assert.Single explanation.Attempts[0].GivenUp).Sentence
    )

    Assert.Contains(
        "Intrinsic shift: the larger one in 1 of 2 channels, which drops the 7 lowest bits of the product.",
        explanation.Paid
    )

[<Fact>]
let ``A fallback for ReLU is told as what was given up`` () =
    let case =
        { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt8 [| [| 0.5f; -0.5f |] |] with
            Relu = true
            Low = 0.0
            High = 6.0
        }
        |> PlainCase.asked PrecisionRequest.SimaInt8OrTflite

    let symmetric =
        { case with
            Request = { case.Request with Asymmetric = false }
        }

    let explanation = Explanation.ofLayer "fc" null (PlainCase.plan symmetric)
    Assert.Equal("tflite-int8", explanation.Attempts[0].FallsBackTo)
    Assert.Contains("Precision: tflite-int8 instead of sima-int8, because of the ReLU.", explanation.Paid)

    let text =
        ExplanationReport.ofLayer explanation |> Blocks.toText |> String.concat "\n"

    Assert.Contains("Given up: the precision sima-int8; tflite-int8 is used instead.", text)
