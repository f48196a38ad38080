namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// What a plan does not depend on, and that there is always an answer.
[<RequireQualifiedAccess>]
module internal SymmetryProperties =

    /// What a target holds for each channel, and for all.
    let private byChannel (case: LayerCase) (planned: QuantizedLayer) =
        let q = planned.Integers

        let channels =
            [|
                for c in 0 .. case.Channels - 1 do
                    Tiny.weights q c, q.Bias[c], (q.Multiplier[c], q.Shift[c], q.IntrinsicShift[c]), planned.RealBias[c]
            |]

        channels, (q.Output, q.OutputOffset, planned.Precision, planned.Trace.Retries)

    let private isPermuted (order: int array) (case: LayerCase) =
        let permute (values: 'T array) = Array.map (Array.get values) order

        match LayerCase.plan case, LayerCase.plan (LayerCase.keep order case) with
        | Ok planned, Ok other ->
            let channels, whole = byChannel case planned

            byChannel case other = (permute channels, whole)
            |> Prop.classify (order.Length > 1) "several channels"
        | Error a, Error b -> a.Trace.Retries = b.Trace.Retries |> Prop.classify true "refused"
        | _ -> false |> Prop.label "one planned, one refused"

    /// Permuting output channels permutes the plan, whether they may differ in intrinsic shift or not.
    let permutes (case: LayerCase) (seed: int) =
        let case = LayerCase.flat case // a channel of a group reads inputs of its own

        let order =
            [| 0 .. case.Channels - 1 |] |> Array.sortBy (fun i -> (i * 7919 + seed) % 13)

        [ true; false ]
        |> List.map (fun mixed ->
            let profile =
                { case.Request.Profile with
                    MixedIntrinsicShift = mixed
                }

            isPermuted order (PlainCase.on profile case) |> Prop.label $"mixed={mixed}")
        |> List.reduce (.&.)

    /// True where scaling by 2^k loses nothing and stays far from the ends of float32.
    let private isExact (k: int) (case: LayerCase) =
        let survives (w: float32) =
            let scaled = float32 (Math.ScaleB(float w, k))
            float scaled = Math.ScaleB(float w, k)

        let inside x = x = 0.0 || (x > 1e-25 && x < 1e25)

        Array.forall (Array.forall survives) case.Weights
        && case.Weights |> Array.forall (fun c -> inside (c |> Array.map (float >> abs) |> Array.max))
        && inside case.InputStep

    /// Scaling weights by 2^k and the input by 2^−k leaves all integers unchanged.
    let scaling (case: LayerCase) (n: sbyte) =
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

        if isExact k case then
            match LayerCase.plan case, LayerCase.plan scaled with
            | Ok planned, Ok other -> byChannel case planned = byChannel scaled other |> Prop.classify true "compared"
            | Error a, Error b -> a = b |> Prop.classify true "refused"
            | _ -> false |> Prop.label "one planned, one refused"
        else
            true |> Prop.classify true "out of reach"

    /// Channels of one range are planned per tensor as per channel.
    let perTensor (case: LayerCase) =
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

    /// Whatever the numbers, there is a plan or a typed refusal.
    let answered (case: LayerCase) =
        match LayerCase.plan case with
        | Ok planned ->
            planned.Plan.WeightScale.Values
            |> Seq.forall (fun s -> Double.IsFinite s && s >= 0.0)
            |> Prop.classify true "planned"
            |> Prop.classify (planned.Trace.Retries > 0) "retried"
        | Error refused -> refused.Message <> "" |> Prop.classify true "refused"
