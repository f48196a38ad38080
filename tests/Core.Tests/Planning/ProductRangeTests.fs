module QuantFunctional.Tests.ProductRangeTests

open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// A plan as the product stage meets it, or nothing where an earlier stage ends the attempt.
let private arriving (case: LayerCase) =
    match Attempts.selected case (Attempts.start case) with
    | Error _ -> None
    | Ok(stage, plan, integers) ->
        match Adjustments.zeroWeights integers plan |> Step.bind (Adjustments.shiftRange stage integers) with
        | Step.Done(plan, _) -> Some(stage, plan, integers)
        | _ -> None

/// What the accumulator must hold: the observed range over S, as far as the weights can reach it.
let private asked (stage: Stage) (plan: Plan) (integers: IntegerWeights) (channel: int) =
    let profile, layer = stage.Profile, stage.Layer
    let inBias = profile.ZeroPointInBias stage.Precision
    let zeroPoint = Exact.ofInt (if inBias then plan.Output.ZeroPoint else 0)
    let scale = Exact.ofFloat plan.Requantization[channel].Scale

    let wanted real =
        (Exact.ofFloat real * Exact.ofFloat plan.Output.Scale + zeroPoint) / scale

    let zeroValue =
        (Products.zeroValue profile stage.Path plan.Input.ZeroPoint plan.IntrinsicShift integers)[channel]

    let reach =
        (Products.reach profile stage.Path plan.Input plan.IntrinsicShift integers)[channel]

    let reached (product: int64) =
        Exact.ofBig (bigint product - bigint zeroValue)
        + (if inBias then zeroPoint / scale else Exact.ofInt 0)

    max (wanted (min layer.OutputLow 0.0)) (reached reach.Low),
    min (wanted (max layer.OutputHigh 0.0)) (reached reach.High)

[<Property(MaxTest = 600)>]
let ``the product must hold the observed range as far as the weights reach it, and no more`` () =
    let cases = Gen.oneof [ LayerGen.case; LayerGen.tight ]

    Prop.forAll (Arb.fromGenShrink (cases, LayerShrink.smaller)) (fun case ->
        match arriving case with
        | None -> true |> Prop.classify true "ended before"
        | Some(stage, plan, integers) ->
            let limit = Exact.pow2 (stage.Accumulator.Bits - 1)
            let live = [ 0 .. case.Channels - 1 ] |> List.filter (plan.IsDead >> not)

            let beyond (margin: Exact) channel =
                let low, high = asked stage plan integers channel
                low < -limit * margin || high > (limit - Exact.ofInt 1) * margin

            let hair = Exact.pow2 -30
            let surely = live |> List.filter (beyond (Exact.ofInt 1 + hair))
            let perhaps = live |> List.filter (beyond (Exact.ofInt 1 - hair))

            match Adjustments.productRange stage integers plan with
            | Step.Done _ -> surely.IsEmpty |> Prop.label $"fits, not {surely}"
            | Step.Refuse(Refusal.ProductOverflow(channel, _, _)) ->
                List.contains channel perhaps |> Prop.label $"refused for {channel}, not {perhaps}"
            | Step.Refuse other -> false |> Prop.label other.Message
            | Step.Retry(_, reason) ->
                let named = [ for overflow in reason.Overflows -> overflow.Channel ]

                (Seq.forall (fun channel -> List.contains channel named) surely
                 && Seq.forall (fun channel -> List.contains channel perhaps) named)
                |> Prop.label $"{named}, not {surely}"
                |> Prop.classify true "retried")
