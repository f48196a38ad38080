namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// A 16-bit output that becomes a 32-bit one where that costs nothing (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Widening =

    let private largest = float Int32.MaxValue

    let private asked (stage: Stage) =
        stage.Request.Precision = PrecisionRequest.SimaInt16OrWider
        && stage.Precision = Precision.SimaInt16
        && stage.Layer.Activation = Activation.Linear

    /// Sc raised by the largest 2^k at which no live channel's shift leaves the range, the observed range fits 32 bits and
    /// the step stays one that a file holds. Only SimaInt16 widens, and never where saturation does a ReLU.
    let widen (stage: Stage) (plan: Plan) : Step<Plan> =
        let live = plan.WeightScale |> Channelwise.positions (fun scale -> scale <> 0.0)

        if live.Length = 0 || not (asked stage) then
            Step.Done(plan, [])
        else
            let spare =
                live
                |> Array.map (fun entry -> plan.Requantization[entry].Shift - stage.ShiftRange.Lowest)
                |> Array.min

            let observed = max -stage.Layer.Output.Low stage.Layer.Output.High

            let fits bits =
                let wider = Encoding.scalePow2 bits plan.Output
                observed * wider.Scale <= largest && Encoding.isStorable wider

            match List.tryFind fits [ spare .. -1 .. 1 ] with
            | None -> Step.Done(plan, [])
            | Some bits -> Step.Done(Plan.widenOutput bits plan, [ Warning.OutputWidened bits ])

    /// The same, but for a plan that stays as it is where the bias of a dead channel, which is in steps of the output, would
    /// leave the accumulator.
    let widenWithin
        (stage: Stage)
        (integers: IntegerWeights)
        (realBias: ImmutableArray<float>)
        (plan: Plan)
        : Step<Plan> =
        match widen stage plan with
        | Step.Done(wide, _ :: _) when not (Bias.holdsDead stage integers realBias wide) -> Step.Done(plan, [])
        | outcome -> outcome
