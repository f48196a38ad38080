module QuantFunctional.Tests.AdjustmentsTests

open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private request profile precision =
    {
        Profile = profile
        Precision = precision
        PerChannel = true
        Asymmetric = true
        BiasCorrection = BiasCorrection.Off
    }

let private plain =
    {
        Request = request BackendProfile.reference (PrecisionRequest.Exactly Precision.SimaInt8)
        Relu = false
        Weights = [| [| 1.0f; -1.0f |]; [| 0.5f; 0.25f |] |]
        Bias = [||]
        InputStep = 0.125
        InputZeroPoint = 0
        Low = -32.0
        High = 31.75
    }

let private plan case =
    match LayerCase.plan case with
    | Ok planned -> planned
    | Error refused -> failwith refused.Message

/// The first plan of a case, and its integer weights.
let private first (case: LayerCase) =
    let request, layer = case.Request, LayerCase.layer case

    let parameters scales =
        BacktrackingParameters.initial case.Precision null scales

    WeightScales.select request.Profile.Steps 8 request.PerChannel layer.Weights
    |> Result.bind (fun scales ->
        Selection.select
            request.Profile
            case.Precision
            request.Asymmetric
            (Encoding.stored request.Profile.Steps layer.Input)
            layer.Output
            scales
            (Channelwise.replicate scales 0)
            (Channelwise.replicate scales 0)
        |> Result.map (fun plan ->
            let stage =
                {
                    Profile = request.Profile
                    Path = ActivationPath.Int8
                    Layer = layer
                    Parameters = parameters scales
                }

            stage, plan, Weights.quantize 8 plan.WeightScale layer.Weights))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``no retry costs the output a bit that the first attempt had`` (case: LayerCase) =
    match LayerCase.plan case, first case with
    | Ok planned, Ok(_, selected, integers) when planned.Precision = case.Precision ->
        let range = case.Request.Profile.ShiftRange case.Precision

        let alive channel =
            not (selected.IsDead channel)
            && not (
                if case.Request.PerChannel then
                    integers.IsZero channel
                else
                    Array.forall integers.IsZero [| 0 .. case.Weights.Length - 1 |]
            )

        let missing =
            [ 0 .. case.Weights.Length - 1 ]
            |> List.filter alive
            |> List.map (fun channel -> range.Lowest - selected.Requantization[channel].Shift)
            |> List.fold max 0

        let lowest = Exact.ofFloat selected.Output.Scale * Exact.pow2 -missing
        let found = Exact.ofFloat planned.Plan.Output.Scale

        let warned =
            planned.Warnings
            |> Seq.exists (fun w ->
                match w with
                | Warning.OutputScaleReduced _ -> true
                | _ -> false)

        (found >= lowest
         && (planned.Trace.Retries > 0 || found = lowest)
         && warned = (found < Exact.ofFloat selected.Output.Scale))
        |> Prop.classify (missing > 0) "output scale reduced"
        |> Prop.classify (planned.Trace.Retries > 0) "retried"
    | _ -> true |> Prop.classify true "nothing to compare"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``warnings name just the channels that are dead or cannot move the output`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q, channels = planned.Integers, [ 0 .. case.Weights.Length - 1 ]
        let length = case.Weights[0].Length

        let weights channel =
            [ for i in 0 .. length - 1 -> abs (int q.Weights[channel * length + i]) ]

        let isZero channel = List.forall ((=) 0) (weights channel)

        let dead =
            if case.Request.PerChannel then List.filter isZero channels
            elif List.forall isZero channels then channels
            else []

        // every weight moves the sum by 255 of its own
        let constant =
            channels
            |> List.filter (fun channel ->
                let width = Exact.ofInt (255 * List.sum (weights channel))

                not (List.contains channel dead)
                && width * Exact.ofFloat planned.Plan.Requantization[channel].Scale < Exact.ofInt 1)

        let named pick =
            planned.Warnings |> Seq.choose pick |> Seq.map List.ofSeq |> Seq.toList

        let expected list =
            if List.isEmpty list then [] else [ list ]

        (named (function
            | Warning.DeadChannels c -> Some c
            | _ -> None)
             =
             expected dead
         |> Prop.label $"dead {dead}")
        .&. (named (function
                 | Warning.ConstantOutput c -> Some c
                 | _ -> None)
                 =
                 expected constant
             |> Prop.label $"constant {constant}")
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
    Assert.Equal(8, planned.Integers.Bias[1]) // 2 in output steps of 1/4

[<Fact>]
let ``ReLU by saturation falls back where there is a fallback, and the clamp stands at the zero point`` () =
    let relu precision =
        { plain with
            Relu = true
            Low = 0.0
            Request =
                { plain.Request with
                    Asymmetric = false
                    BiasCorrection = BiasCorrection.Off
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
