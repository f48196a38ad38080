module QuantFunctional.Tests.CertificateTests

open System
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P08 every layer that is planned is certified`` (case: LayerCase) = CertificateProperties.certified case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P09 the integer layer lies within the certified bound of the real one, where it does not saturate``
    (case: LayerCase)
    (seed: int)
    =
    CertificateProperties.accuracy case seed

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 an overflow that is planted is found, with a witness that makes it happen`` (case: LayerCase) (n: int) =
    CertificateProperties.witness case n

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P06 the certificate finds the real biases in the integers of every plan, and misses one that is a step off``
    (case: LayerCase)
    (n: int)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q, scale = planned.Integers, planned.Plan.WeightScale
        let channel = abs (n % q.Shape.Channels)

        let off =
            { q with
                Bias = q.Bias.SetItem(channel, q.Bias[channel] + (if n % 2 = 0 then 2L else -2L))
            }

        // doubles that round more than half a step know no step
        let isKnown = abs q.Bias[channel] < (1L <<< 48)
        let ofPlan = Claims.biases scale planned.RealBias q
        let ofOther = Claims.biases scale planned.RealBias off

        (ofPlan.IsEmpty |> Prop.label (System.String.Join("; ", ofPlan |> Seq.map _.Message)))
        .&. ((not isKnown || ofOther.Length = 1) |> Prop.label "the other bias")
        |> Prop.classify (planned.Plan.IsDead channel) "dead"
        |> Prop.classify (q.OutputOffset <> q.Output.ZeroPoint) "the zero point travels in the bias"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P05 a multiplier one off is found on every target, wherever the scales say which it is`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q, plan = planned.Integers, planned.Plan

        // between two multipliers, to what the doubles of the scales round, both are right
        let isTie channel =
            let requantization = plan.Requantization[channel]
            let exact = Math.ScaleB(requantization.Scale, requantization.Shift)
            abs (abs (exact - float requantization.Multiplier) - 0.5) < Math.ScaleB(1.0, -17)

        let clear =
            [ 0 .. q.Shape.Channels - 1 ]
            |> List.filter (fun channel -> not (plan.IsDead channel || q.Multiplier[channel] = 1 || isTie channel))

        let found by channel =
            let off =
                { q with
                    Multiplier = Channelwise.map ((+) by) q.Multiplier
                }

            (Certificate.ofLayer plan.WeightScale off).Violations
            |> Seq.exists (fun violation ->
                match violation with
                | Violation.ScaleNotHeld(held, _, _) -> held = channel
                | Violation.ConstantOutOfRange("the multiplier", held, _, _, _) -> held = channel
                | _ -> false)

        (clear |> List.forall (fun channel -> found 1 channel && found -1 channel))
        |> Prop.classify clear.IsEmpty "no multiplier"
        |> Prop.classify (q.Profile.Multiplier = MultiplierForm.Single24) "float32"
        |> Prop.classify (q.Profile.Steps = StepFormat.Float32) "steps of float32"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P05 the certificate holds multiplier, shift, bias step and offset to what the plan states of them``
    (case: LayerCase)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q, plan = planned.Integers, planned.Plan
        let stated = plan.Requantization |> Channelwise.map _.Scale
        let doubled = Channelwise.map (fun scale -> 2.0 * scale) stated
        let offset = q.OutputOffset

        let steps = plan.BiasScale |> Channelwise.map (fun scale -> 1.0 / scale)

        ((Claims.biasSteps plan.WeightScale steps StepFormat.Float64 q).IsEmpty
         |> Prop.label "the bias steps")
        .&. ((Claims.factors plan.WeightScale stated q).IsEmpty |> Prop.label "the plan's own")
        .&. ((Claims.factors plan.WeightScale doubled q).Length = q.Shape.Channels |> Prop.label "doubled")
        .&. ((Claims.offset offset q).IsEmpty |> Prop.label "its own offset")
        .&. ((Claims.offset (offset + 1) q).Length = 1 |> Prop.label "another one")
