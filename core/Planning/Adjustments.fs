namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What every stage of an attempt looks at.
[<NoComparison; NoEquality>]
type Stage =
    {
        Profile: BackendProfile
        Path: ActivationPath
        Layer: Layer
        Parameters: BacktrackingParameters
    }

/// The stages that fit a plan to its target's limits: ReLU, zero weights, shift, product. Each gives the plan on, or the
/// parameters to start again with (SPEC sections 2 and 3).
[<RequireQualifiedAccess>]
module Adjustments =

    /// ReLU by saturation is right only if the zero point is the lowest output value.
    let checkRelu (stage: Stage) (plan: Plan) : Step<Plan> =
        let parameters = stage.Parameters

        match stage.Layer.Activation, Encoding.wholeRange plan.Output.Type with
        | _, Error refusal -> Step.Refuse refusal
        | Activation.Relu, Ok whole when
            stage.Profile.SaturatesRelu parameters.Precision && int64 plan.Output.ZeroPoint <> whole.Low
            ->
            match parameters.ReluFallback with
            | Null -> Step.Refuse(Refusal.ReluNotRunnable(plan.Output.ZeroPoint, whole.Low))
            | NonNull fallback ->
                Step.Retry(
                    { parameters with
                        Precision = fallback
                        ReluFallback = null
                    },
                    {
                        Cause = RetryCause.Relu
                        Overflows = ImmutableArray.Empty
                        Remedy = Remedy.FallBack
                    }
                )
        | _ -> Step.Done(plan, [])

    /// `adjust_plan_zero_weights`: an entry whose integer weights are all 0 is made dead.
    let zeroWeights (integers: IntegerWeights) (plan: Plan) : Step<Plan> =
        let channels = integers.PositiveSums.Length
        let zero = Array.init channels integers.IsZero

        let dead =
            if plan.WeightScale.IsPerChannel then
                Channelwise.perChannel zero
            else
                Channelwise.perTensor (Array.forall id zero)

        let adjusted = plan |> Plan.setWeightZero dead |> Plan.setRequantOne dead

        match Array.filter adjusted.IsDead [| 0 .. channels - 1 |] with
        | [||] -> Step.Done(adjusted, [])
        | named -> Step.Done(adjusted, [ Warning.DeadChannels(ImmutableArray.CreateRange<int> named) ])

    /// The parameters to start again with, when values of some output channels must be halved: the intrinsic shift where
    /// there is one to raise, else bits of the weights. No retry may push a shift below the lowest, since that would lower
    /// the output's Scale: one channel must not ruin the others (SPEC section 3).
    let retryWithLess
        (stage: Stage)
        (cause: RetryCause)
        (plan: Plan)
        (overflows: Overflow list)
        (refusal: Overflow -> Refusal)
        : Step<'T> =
        let parameters = stage.Parameters
        let lowest = stage.Profile.ShiftRange(parameters.Precision).Lowest

        let bits =
            let asked = Array.zeroCreate stage.Layer.Weights.Channels
            overflows |> List.iter (fun overflow -> asked[overflow.Channel] <- overflow.Bits)
            Channelwise.ofChannels plan.WeightScale asked

        let given =
            Channelwise.map2 (fun had more -> min (WeightScales.mostBitsGivenUp - had) more) parameters.BitsGivenUp bits

        let stuck =
            overflows
            |> List.filter (fun overflow ->
                let channel = overflow.Channel

                plan.IsDead channel
                || given[channel] = 0
                || plan.Requantization[channel].Shift < lowest + given[channel])

        match stuck, BacktrackingParameters.tryGiveUpBits given parameters with
        | [], ValueSome changed ->
            Step.Retry(
                changed,
                {
                    Cause = cause
                    Overflows = ImmutableArray.CreateRange<Overflow> overflows
                    Remedy = Remedy.GiveUpWeightBits
                }
            )
        | [], ValueNone -> Step.Refuse(refusal (List.maxBy _.Bits overflows))
        // per tensor all of them are stuck together, and it is the worst that a user must know of
        | several, _ -> Step.Refuse(refusal (List.maxBy _.Bits several))

    let private reachInOutputSteps (stage: Stage) (integers: IntegerWeights) (plan: Plan) =
        Weights.productReach stage.Profile plan.Input integers
        |> Array.mapi (fun channel reach -> float (reach.High - reach.Low) * plan.Requantization[channel].Scale)

    /// `try_adjust_plan_shift_value`: a shift below the range lowers the output's Scale for all, one above costs its own
    /// channel's weights.
    let shiftRange (stage: Stage) (integers: IntegerWeights) (plan: Plan) : Step<Plan> =
        let range = stage.Profile.ShiftRange stage.Parameters.Precision
        let channels = [ 0 .. stage.Layer.Weights.Channels - 1 ]
        let live = channels |> List.filter (plan.IsDead >> not)

        let missing =
            live
            |> List.fold (fun most channel -> max most (range.Lowest - plan.Requantization[channel].Shift)) 0

        let lowered = Plan.scaleOutputPow2 -missing plan

        let tooHigh =
            live
            |> List.choose (fun channel ->
                let shift = lowered.Requantization[channel].Shift

                if shift > range.Highest then
                    Some
                        {
                            Channel = channel
                            Value = float shift
                            Limit = float range.Highest
                            Bits = shift - range.Highest
                        }
                else
                    None)

        if not (Encoding.isStorable lowered.Output) then
            Step.Refuse(Refusal.ScaleOutOfRange("the output", $"2^{missing} times the one observed"))
        elif not tooHigh.IsEmpty then
            retryWithLess stage RetryCause.ShiftAboveRange lowered tooHigh (fun overflow ->
                Refusal.ShiftAboveRange(overflow.Channel, int overflow.Value, range.Highest))
        else
            let reach = reachInOutputSteps stage integers lowered
            let constant = live |> List.filter (fun channel -> reach[channel] < 1.0)

            let warnings =
                [
                    if missing > 0 then
                        Warning.OutputScaleReduced missing
                    if not constant.IsEmpty then
                        Warning.ConstantOutput(ImmutableArray.CreateRange<int> constant)
                ]

            Step.Done(lowered, warnings)

    /// `try_adjust_plan_product_value`: the accumulator holds the observed output range divided by S, as far as the weights
    /// can reach it.
    let productRange (stage: Stage) (integers: IntegerWeights) (plan: Plan) : Step<Plan> =
        let precision = stage.Parameters.Precision
        let accumulator = Interval.ofBits stage.Profile.AccumulatorBits
        let lowest, highest = float accumulator.Low, float accumulator.High
        let zeroValue = Weights.productZeroValue stage.Profile plan.Input.ZeroPoint integers
        let reach = Weights.productReach stage.Profile plan.Input integers

        let zeroPoint =
            if stage.Profile.ZeroPointInBias precision then
                float plan.Output.ZeroPoint
            else
                0.0

        let overflow channel =
            if plan.IsDead channel then
                None
            else
                let scale = plan.Requantization[channel].Scale

                let wanted real =
                    (real * plan.Output.Scale + zeroPoint) / scale

                let correction =
                    ZeroPoints.correctionInBias stage.Profile precision plan channel - zeroValue[channel]

                let low =
                    max (wanted (min stage.Layer.Output.Low 0.0)) (float (reach[channel].Low + correction))

                let high =
                    min (wanted (max stage.Layer.Output.High 0.0)) (float (reach[channel].High + correction))

                Overflow.Worst(channel, lowest, highest, [ low; high ])

        match List.choose overflow [ 0 .. stage.Layer.Weights.Channels - 1 ] with
        | [] -> Step.Done(plan, [])
        | overflows ->
            retryWithLess stage RetryCause.ProductOverflow plan overflows (fun overflow ->
                Refusal.ProductOverflow(overflow.Channel, overflow.Value, overflow.Limit))
