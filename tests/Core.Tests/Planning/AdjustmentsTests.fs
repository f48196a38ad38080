module QuantFunctional.Tests.AdjustmentsTests

open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private plain =
    { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt8 [| [| 1.0f; -1.0f |]; [| 0.5f; 0.25f |] |] with
        InputStep = 0.125
        Low = -32.0
        High = 31.75
    }

let private plan = PlainCase.plan

let private isReduced (warning: Warning) =
    match warning with
    | Warning.OutputScaleReduced _ -> true
    | _ -> false

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``no retry costs the output a bit that the first attempt had`` (case: LayerCase) =
    match LayerCase.plan case, Attempts.selected case (Attempts.start case) with
    | Ok planned, Ok(stage, selected, integers) when planned.Precision = case.Precision ->
        let missing = Attempts.missing stage selected (Attempts.live case integers)
        let lowest = Exact.ofFloat selected.Output.Scale * Exact.pow2 -missing
        let found = Exact.ofFloat planned.Plan.Output.Scale

        let widened =
            planned.Warnings
            |> Seq.sumBy (fun warning ->
                match warning with
                | Warning.OutputWidened bits -> bits
                | _ -> 0)

        let narrow = found * Exact.pow2 -widened
        let mayLose = planned.Precision.OutputType = ScalarType.Int32

        let warned = Seq.exists isReduced planned.Warnings

        ((narrow >= lowest || mayLose) |> Prop.label "a bit lost")
        .&. ((planned.Trace.Retries > 0 || narrow = lowest) |> Prop.label "a bit lost without need")
        .&. (warned = (narrow < Exact.ofFloat selected.Output.Scale && not mayLose)
             |> Prop.label "the warning of it")
        |> Prop.classify (missing > 0) "output scale reduced"
        |> Prop.classify (planned.Trace.Retries > 0) "retried"
    | _ -> true |> Prop.classify true "nothing to compare"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``warnings name just the channels that are dead or cannot move the output`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q, channels = planned.Integers, [ 0 .. case.Channels - 1 ]

        let isZero channel =
            Array.forall ((=) 0) (Tiny.weights q channel)

        let dead =
            if case.Request.PerChannel then List.filter isZero channels
            elif List.forall isZero channels then channels
            else []

        let struct (low, high) = LayerCase.inputRange case.InputType

        // from the inputs that make the sum smallest to those that make it largest
        let reach channel =
            let weights = Tiny.weights q channel

            let product above below =
                snd (Tiny.products q channel (Array.map (fun w -> if w > 0 then above else below) weights))

            product high low - product low high

        // a widened output's steps are finer than those that the warning is about
        let widened =
            if q.Output.Type = ScalarType.Int32 && planned.Precision = Precision.SimaInt16 then
                planned.Warnings
                |> Seq.pick (fun warning ->
                    match warning with
                    | Warning.OutputWidened bits -> Some bits
                    | _ -> None)
            else
                0

        let constant =
            channels
            |> List.filter (fun channel ->
                let scale =
                    Exact.ofFloat planned.Plan.Requantization[channel].Scale * Exact.pow2 -widened

                not (List.contains channel dead) && Exact.ofBig (reach channel) * scale < Exact.ofInt 1)

        let named pick =
            planned.Warnings |> Seq.choose pick |> Seq.map List.ofSeq |> Seq.toList

        let expected list =
            if List.isEmpty list then [] else [ list ]

        let namedDead =
            named (function
                | Warning.DeadChannels c -> Some c
                | _ -> None)

        let namedConstant =
            named (function
                | Warning.ConstantOutput c -> Some c
                | _ -> None)

        (namedDead = expected dead |> Prop.label $"dead {dead}")
        .&. (namedConstant = expected constant |> Prop.label $"constant {constant}")
        .&. (List.filter planned.Plan.IsDead channels = dead |> Prop.label "the plan's dead")
        |> Prop.classify (not dead.IsEmpty) "dead"
        |> Prop.classify (not constant.IsEmpty) "constant"

[<Fact>]
let ``a shift below the range lowers the output's Scale for all, and says by how many bits`` () =
    // S = Sc/(Sa·Sw) = 4/(8·127·…) folds to 2^−7 and 2^−8; an output 2^10 times finer asks for 2^3
    let fine =
        { plain with
            Low = -32.0 / 1024.0
            High = 31.75 / 1024.0
        }

    let planned = plan fine
    Assert.Equal<Warning>([ Warning.OutputScaleReduced 3 ], planned.Warnings)
    Assert.Equal(4.0 * 128.0, planned.Plan.Output.Scale)
    Assert.Equal(0, planned.Plan.Output.ZeroPoint)
    Assert.Equal<int list>([ 0; 1 ], List.ofSeq planned.Integers.Shift.Values)

[<Fact>]
let ``a shift above the range costs its own channel's weights`` () =
    let weak =
        { plain with
            Weights = [| [| 1.0f; -1.0f |]; [| float32 (2.0 ** -30); 0.0f |] |]
            High = 1.0
            Low = -1.0
        }

    let planned = plan { weak with InputZeroPoint = -128 }

    let reason =
        match planned.Trace.Attempts[0].Outcome with
        | AttemptOutcome.Retried reason -> reason
        | other -> failwith $"{other}"

    Assert.Equal(RetryCause.ShiftAboveRange, reason.Cause)
    Assert.Equal(1, (Seq.exactlyOne reason.Overflows).Channel)
    Assert.Equal(31, planned.Integers.Shift[1])
    Assert.Equal(0, planned.Trace.Last.Parameters.BitsGivenUp[0])

[<Fact>]
let ``a channel too weak for eight bits is dead`` () =
    let weak =
        { plain with
            Weights = [| [| 1.0f; -1.0f |]; [| float32 (2.0 ** -60); 0.0f |] |]
            Bias = [| 0.0f; 2.0f |]
        }

    let planned = plan weak
    Assert.Equal<Warning>([ Warning.DeadChannels(ImmutableArray.Create 1) ], planned.Warnings)
    Assert.Equal(8, planned.Trace.Last.Parameters.BitsGivenUp[1])
    Assert.Equal(8L, planned.Integers.Bias[1]) // 2 in output steps of 1/4

[<Fact>]
let ``ReLU by saturation falls back where there is a fallback, and the clamp stands at the zero point`` () =
    let relu precision =
        { plain with
            Relu = true
            Low = 0.0
            Request =
                { plain.Request with
                    Asymmetric = false
                    Precision = precision
                }
        }

    let planned = plan (relu PrecisionRequest.SimaInt8OrTflite)
    Assert.Equal(Precision.TfliteInt8, planned.Precision)
    Assert.Equal(0L, planned.Integers.OutputRange.Low)

    match planned.Trace.Attempts[0].Outcome with
    | AttemptOutcome.Retried reason -> Assert.Equal((RetryCause.Relu, Remedy.FallBack), (reason.Cause, reason.Remedy))
    | other -> failwith $"{other}"

    match LayerCase.plan (relu (PrecisionRequest.Exactly Precision.SimaInt8)) with
    | Error refused -> Assert.Equal(Refusal.ReluNotRunnable(0, -128L), refused.Refusal)
    | Ok _ -> failwith "planned"

[<Fact>]
let ``ReLU by saturation is right where the zero point is the lowest value`` () =
    let relu = { plain with Relu = true; Low = 0.0 }
    let planned = plan relu
    Assert.Equal(0, planned.Trace.Retries)
    Assert.Equal(-128, planned.Integers.Output.ZeroPoint)
    Assert.Equal(-128L, planned.Integers.OutputRange.Low)
