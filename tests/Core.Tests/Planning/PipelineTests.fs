module QuantFunctional.Tests.PipelineTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// What a target holds for each channel, and for all.
let private byChannel (case: LayerCase) (planned: QuantizedLayer) =
    let q = planned.Integers

    let channels =
        [|
            for c in 0 .. case.Channels - 1 do
                Tiny.weights q c, q.Bias[c], (q.Multiplier[c], q.Shift[c], q.IntrinsicShift[c]), planned.RealBias[c]
        |]

    channels, (q.Output, q.OutputOffset, planned.Precision, planned.Trace.Retries)

let private permutes (order: int array) (case: LayerCase) =
    let permute (values: 'T array) = Array.map (Array.get values) order

    match LayerCase.plan case, LayerCase.plan (LayerCase.keep order case) with
    | Ok planned, Ok other ->
        let channels, whole = byChannel case planned

        byChannel case other = (permute channels, whole)
        |> Prop.classify (order.Length > 1) "several channels"
    | Error a, Error b -> a.Trace.Retries = b.Trace.Retries |> Prop.classify true "refused"
    | _ -> false |> Prop.label "one planned, one refused"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P12 permuting output channels permutes the plan, whether they may differ in intrinsic shift or not``
    (case: LayerCase)
    (seed: int)
    =
    let case = LayerCase.flat case // a channel of a group reads inputs of its own

    let order =
        [| 0 .. case.Channels - 1 |] |> Array.sortBy (fun i -> (i * 7919 + seed) % 13)

    [ true; false ]
    |> List.map (fun mixed ->
        let profile =
            { case.Request.Profile with
                MixedIntrinsicShift = mixed
            }

        permutes order (PlainCase.on profile case) |> Prop.label $"mixed={mixed}")
    |> List.reduce (.&.)

/// True where scaling by 2^k loses nothing and stays far from the ends of float32.
let private scales (k: int) (case: LayerCase) =
    let survives (w: float32) =
        let scaled = float32 (Math.ScaleB(float w, k))
        float scaled = Math.ScaleB(float w, k)

    let inside x = x = 0.0 || (x > 1e-25 && x < 1e25)

    Array.forall (Array.forall survives) case.Weights
    && case.Weights |> Array.forall (fun c -> inside (c |> Array.map (float >> abs) |> Array.max))
    && inside case.InputStep

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P12 scaling weights by 2^k and the input by 2^-k leaves all integers unchanged`` (case: LayerCase) (n: sbyte) =
    let k = int n / 10

    let scaled =
        { case with
            Weights = Array.map (Array.map (fun w -> float32 (Math.ScaleB(float w, k)))) case.Weights
            InputStep = Math.ScaleB(case.InputStep, -k)
            Correction =
                match case.Correction with
                | Correction.MeanInput means -> Correction.MeanInput(Array.map (fun x -> Math.ScaleB(x, -k)) means)
                | other -> other
        }

    if scales k case then
        match LayerCase.plan case, LayerCase.plan scaled with
        | Ok planned, Ok other -> byChannel case planned = byChannel scaled other |> Prop.classify true "compared"
        | Error a, Error b -> a = b |> Prop.classify true "refused"
        | _ -> false |> Prop.label "one planned, one refused"
    else
        true |> Prop.classify true "out of reach"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P14 channels of one range are planned per tensor as per channel`` (case: LayerCase) =
    let most = case.Weights[0] |> Array.map abs |> Array.max

    let even =
        case.Weights
        |> Array.map (fun weights ->
            weights |> Array.mapi (fun i w -> if i = 0 then most else Math.Clamp(w, -most, most)))

    let planned perChannel =
        LayerCase.plan
            { case with
                Weights = even
                Request =
                    { case.Request with
                        PerChannel = perChannel
                    }
            }

    match planned true, planned false with
    | Ok channels, Ok tensor when channels.Trace.Retries = 0 && tensor.Trace.Retries = 0 ->
        byChannel case channels = byChannel case tensor |> Prop.classify true "compared"
    | Error a, Error b when a.Trace.Retries = 0 && b.Trace.Retries = 0 ->
        a.Refusal = b.Refusal |> Prop.classify true "refused"
    | _ -> true |> Prop.classify true "retried"

/// Anything that the doors let through: the whole of float32 and double.
let private wild =
    gen {
        let! case = LayerGen.case

        let any =
            Gen.oneof
                [
                    LayerGen.magnitude -149 127
                    Gen.elements [ 0.0; float Single.MaxValue; float Single.Epsilon; nan; infinity ]
                ]

        let! sign = Gen.elements [ -1.0; 1.0 ]
        let! odd = any
        let! spoilt = Gen.elements [ 0; 1; 2; 3 ]
        let! step = LayerGen.magnitude -126 126
        let! low = LayerGen.magnitude -1074 1023
        let! high = LayerGen.magnitude -1074 1023
        let! lowSign = Gen.elements [ -1.0; 0.0; 1.0 ]
        let odd = float32 (sign * odd)

        return
            { case with
                Weights =
                    if spoilt = 1 then
                        Array.map (Array.mapi (fun i w -> if i % 3 = 0 then odd else w)) case.Weights
                    else
                        case.Weights
                Bias =
                    if spoilt = 2 then
                        Array.map (fun _ -> odd) case.Weights
                    else
                        case.Bias
                InputStep = step
                Low = if spoilt = 3 then min (lowSign * low) high else case.Low
                High = if spoilt = 3 then high else case.High
            }
    }

[<Property(MaxTest = 1500)>]
let ``P16 whatever the numbers, there is a plan or a typed refusal`` () =
    Prop.forAll (Arb.fromGenShrink (wild, LayerShrink.smaller)) (fun case ->
        match LayerCase.plan case with
        | Ok planned ->
            planned.Plan.WeightScale.Values
            |> Seq.forall (fun s -> Double.IsFinite s && s >= 0.0)
            |> Prop.classify true "planned"
            |> Prop.classify (planned.Trace.Retries > 0) "retried"
        | Error refused -> refused.Message <> "" |> Prop.classify true "refused")

[<Fact>]
let ``P16 a one-element tensor, a constant output and nothing but zeros are planned by every profile`` () =
    for profile in BackendProfile.named do
        for precision in profile.Precisions do
            for input in RequestGen.inputs profile do
                for weight in [ 0.0f; 1.0f; -3e-5f; Single.Epsilon ] do
                    for low, high in [ 0.0, 0.0; 2.5, 2.5; -2.5, -2.5; 0.0, 1e-30; -1e-30, 1e-30 ] do
                        { PlainCase.ofWeights profile precision [| [| weight |] |] with
                            InputType = input
                            InputStep = 0.01
                            InputZeroPoint = if RequestGen.isWhole profile input then 0 else -7
                            Low = low
                            High = high
                        }
                        |> PlainCase.plan
                        |> ignore
