namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// The stages that fit a plan to its target's limits: ReLU, zero weights, shift, product. Each gives the plan on, or the
/// parameters to start again with (docs/backtracking.md).
[<RequireQualifiedAccess>]
module Adjustments =

    /// ReLU by saturation is right only if the zero point is the lowest output value.
    let checkRelu (stage: Stage) (plan: Plan) : Step<Plan> =
        let parameters = stage.Parameters

        match stage.Layer.Activation, Encoding.wholeRange plan.Output.Type with
        | _, Error refusal -> Step.Refuse refusal
        | Activation.Relu, Ok whole when
            stage.Profile.SaturatesRelu stage.Precision && int64 plan.Output.ZeroPoint <> whole.Low
            ->
            match parameters.ReluFallback with
            | Null when whole = Interval.ofBits 32 -> Step.Refuse Refusal.ReluOn32Bits
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

        match Channelwise.positions (fun scale -> scale = 0.0) adjusted.WeightScale with
        | [||] -> Step.Done(adjusted, [])
        | entries ->
            let named =
                if dead.IsPerChannel then
                    entries
                else
                    [| 0 .. channels - 1 |]

            Step.Done(adjusted, [ Warning.DeadChannels(ImmutableArray.CreateRange<int> named) ])

    let private reachInOutputSteps (stage: Stage) (integers: IntegerWeights) (plan: Plan) =
        Products.reach stage.Profile stage.Path plan.Input plan.IntrinsicShift integers
        |> Array.mapi (fun channel reach -> float (reach.High - reach.Low) * plan.Requantization[channel].Scale)

    /// `try_adjust_plan_shift_value`: a shift below the range lowers the output's Scale for all, one above costs its own
    /// channel an intrinsic shift or bits of its weights. A 32-bit output has bits to spare, so it is lowered in silence.
    let shiftRange (stage: Stage) (integers: IntegerWeights) (plan: Plan) : Step<Plan> =
        let range = stage.ShiftRange
        let last = stage.Layer.Weights.Channels - 1
        let mutable missing = 0

        for channel in 0..last do
            if not (plan.IsDead channel) then
                missing <- max missing (range.Lowest - plan.Requantization[channel].Shift)

        let lowered =
            if missing = 0 then
                plan
            else
                Plan.scaleOutputPow2 -missing plan

        let tooHigh =
            Overflow.OfChannels(
                last + 1,
                fun channel ->
                    let shift = lowered.Requantization[channel].Shift

                    if shift > range.Highest && not (plan.IsDead channel) then
                        ValueSome
                            {
                                Channel = channel
                                Value = float shift
                                Limit = float range.Highest
                                Bits = shift - range.Highest
                            }
                    else
                        ValueNone
            )

        if not (Encoding.isStorable lowered.Output) then
            Step.Refuse(Refusal.ScaleOutOfRange("the output", $"2^{missing} times the one observed"))
        elif not tooHigh.IsEmpty then
            Retry.withLess stage RetryCause.ShiftAboveRange lowered tooHigh (fun overflow ->
                Refusal.ShiftAboveRange(overflow.Channel, int overflow.Value, range.Highest))
        else
            let reach = reachInOutputSteps stage integers lowered

            let constant =
                [
                    for channel in 0..last do
                        if reach[channel] < 1.0 && not (plan.IsDead channel) then
                            channel
                ]

            let warnings =
                [
                    if missing > 0 && stage.Precision.OutputType <> ScalarType.Int32 then
                        Warning.OutputScaleReduced missing
                    if not constant.IsEmpty then
                        Warning.ConstantOutput(ImmutableArray.CreateRange<int> constant)
                ]

            Step.Done(lowered, warnings)

    /// `try_adjust_plan_product_value`: the accumulator holds the observed output range divided by S, as far as the weights
    /// can reach it.
    let productRange (stage: Stage) (integers: IntegerWeights) (plan: Plan) : Step<Plan> =
        let precision = stage.Precision
        let accumulator = Interval.ofBits stage.Accumulator.Bits
        let lowest, highest = float accumulator.Low, float accumulator.High

        let zeroValue =
            Products.zeroValue stage.Profile stage.Path plan.Input.ZeroPoint plan.IntrinsicShift integers

        let reach =
            Products.reach stage.Profile stage.Path plan.Input plan.IntrinsicShift integers

        let zeroPoint =
            if stage.Profile.ZeroPointInBias precision then
                float plan.Output.ZeroPoint
            else
                0.0

        let overflow channel =
            if plan.IsDead channel then
                ValueNone
            else
                let scale = plan.Requantization[channel].Scale

                let wanted real =
                    (real * plan.Output.Scale + zeroPoint) / scale

                let correction =
                    ZeroPoints.correctionInBias stage.Profile precision plan channel - zeroValue[channel]

                let low =
                    max (wanted (min stage.Layer.OutputLow 0.0)) (float (reach[channel].Low + correction))

                let high =
                    min (wanted (max stage.Layer.OutputHigh 0.0)) (float (reach[channel].High + correction))

                if low >= lowest && low <= highest && high >= lowest && high <= highest then
                    ValueNone
                else
                    Overflow.Worst(channel, lowest, highest, [ low; high ])

        match Overflow.OfChannels(stage.Layer.Weights.Channels, overflow) with
        | none when none.IsEmpty -> Step.Done(plan, [])
        | overflows ->
            Retry.withLess stage RetryCause.ProductOverflow plan overflows (fun overflow ->
                Refusal.ProductOverflow(overflow.Channel, overflow.Value, overflow.Limit))
