namespace QuantFunctional

/// What every stage of an attempt looks at.
[<NoComparison; NoEquality>]
type Stage =
    {
        Request: PlanRequest
        Path: ActivationPath
        Layer: Layer
        Parameters: BacktrackingParameters
    }

    member s.Profile = s.Request.Profile
    member s.Precision = s.Parameters.Precision
    member s.Accumulator = s.Profile.AccumulatorOf s.Path
    member s.ShiftRange = s.Profile.ShiftRange(s.Path, s.Precision)

    member s.ProductSums =
        FSharp.PairOrder.productSums s.Profile s.Path s.Layer.Weights.Shape

    override s.ToString() = $"{s.Request}: {s.Layer}"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// How overflow is answered (docs/backtracking.md): one retry for all output channels that a stage finds.
[<RequireQualifiedAccess>]
module Retry =

    // h grows from Lo to Hi, and so every shift falls by as much
    let private intrinsicBits = IntrinsicShift.Hi - IntrinsicShift.Lo

    /// Where a shift may fall by so many bits. For 8- and 16-bit outputs none may be pushed below the lowest, since that
    /// would lower the output's Scale: one channel must not ruin the others.
    let mayFall (stage: Stage) (plan: Plan) (entry: int) (bits: int) =
        stage.Precision.OutputType = ScalarType.Int32
        || plan.Requantization[entry].Shift >= stage.ShiftRange.Lowest + bits

    /// The entries whose intrinsic shift is raised, of those that overflow.
    let private raised (stage: Stage) (plan: Plan) (overflows: Channelwise<bool>) : Channelwise<bool> =
        let already = stage.Parameters.IntrinsicShiftRaised

        let may entry =
            stage.Path = ActivationPath.Int15 && not already[entry] && mayFall stage plan entry intrinsicBits

        if stage.Profile.MixedIntrinsicShift then
            Channelwise.init overflows (fun entry -> overflows[entry] && may entry)
        else
            let all =
                Seq.forall (fun entry -> plan.IsDead entry || may entry) (seq { 0 .. overflows.Count - 1 })

            Channelwise.replicate overflows (stage.Path = ActivationPath.Int15 && all)

    let private remedy raises gives =
        match raises, gives with
        | true, true -> Remedy.RaiseIntrinsicShiftAndGiveUpWeightBits
        | true, false -> Remedy.RaiseIntrinsicShift
        | false, _ -> Remedy.GiveUpWeightBits

    /// The parameters to start again with, when values of some output channels must be halved: the intrinsic shift where
    /// there is one to raise, else bits of the weights. Refused where a channel has neither.
    let withLess
        (stage: Stage)
        (cause: RetryCause)
        (plan: Plan)
        (overflows: ImmutableArray<Overflow>)
        (refusal: Overflow -> Refusal)
        : Step<'T> =
        let parameters = stage.Parameters

        let wanted =
            let asked = Array.zeroCreate stage.Layer.Weights.Channels

            for overflow in overflows do
                asked[overflow.Channel] <- overflow.Bits

            Channelwise.ofChannels plan.WeightScale asked

        let raised = raised stage plan (Channelwise.map (fun bits -> bits > 0) wanted)

        let given =
            Channelwise.init wanted (fun entry ->
                if raised[entry] then
                    0
                else
                    min (WeightScales.mostBitsGivenUp - parameters.BitsGivenUp[entry]) wanted[entry])

        let isStuck (overflow: Overflow) =
            let entry = overflow.Channel

            plan.IsDead entry
            || not raised[entry] && (given[entry] = 0 || not (mayFall stage plan entry given[entry]))

        match overflows.RemoveAll(fun overflow -> not (isStuck overflow)) with
        // per tensor all of them are stuck together, and it is the worst that a user must know of
        | stuck when not stuck.IsEmpty -> Step.Refuse(refusal (Seq.maxBy _.Bits stuck))
        | _ ->
            let raising = BacktrackingParameters.tryIncreaseIntrinsicShift raised parameters
            let parameters = ValueOption.defaultValue parameters raising

            let giving = BacktrackingParameters.tryGiveUpBits given parameters
            let parameters = ValueOption.defaultValue parameters giving

            Step.Retry(
                parameters,
                {
                    Cause = cause
                    Overflows = overflows
                    Remedy = remedy raising.IsSome giving.IsSome
                }
            )
