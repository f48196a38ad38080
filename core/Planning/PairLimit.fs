namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Weights whose products may be added in pairs of 16 bits: no two neighbours of one sign may be more than 128 together.
///
/// With M the largest │w1 + w2│ of a channel, no pair is more than that at a Scale of up to 128/M: two roundings that add a
/// whole 1 to a sum would each have to add one half, and halves become even, so that the sum would be even, and 129 is not. Above
/// 129/M a pair is surely more. Between the two the integers decide (tests/lemmas/pair-of-rounded-weights.smt2).
[<RequireQualifiedAccess>]
module PairLimit =

    /// What two neighbouring weights of one sign may be together: 255·128 fits 16 bits.
    let limit = float PairOrder.most

    let private most = BacktrackingParameters.wholeWeight

    // sums are known to 2^−24, products and steps of a file are rounded as much
    let private margin = Math.ScaleB(1.0, -20)

    let private floor1024 (steps: float) = Math.Floor(1024.0 * steps) / 1024.0

    /// How many steps the largest weight of an entry may have, from its size and that of the largest pair, so that every pair
    /// is safe whatever the other weights are. In whole 1/1024.
    let largestWeight (weight: float) (pair: float) : float =
        let steps = limit * (1.0 - 4.0 * margin) * (weight / pair)
        max BacktrackingParameters.smallestLargestWeight (floor1024 steps)

    /// The sizes that the weights' scales and this limit are found from. Refused: weights that are not finite.
    let magnitudes (profile: BackendProfile) (layer: Layer) : Result<WeightMagnitudes, Refusal> =
        if
            layer.Input.Type = ScalarType.Int8
            && PairOrder.productSums profile ActivationPath.Int8 layer.Weights.Shape <> ProductSums.InFull
        then
            WeightMagnitudes.withPairs layer.Weights
        else
            WeightMagnitudes.withoutPairs layer.Weights

    let private rounded (scale: float) (struct (first: float32, second: float32)) : struct (int * int) =
        struct (WeightLoops.one scale most first, WeightLoops.one scale most second)

    let private isSafe (scale: float) (pair: struct (float32 * float32)) : bool =
        let struct (first, second) = rounded scale pair
        PairOrder.isSafe (sbyte first) (sbyte second)

    /// The largest sum of two neighbouring integer weights that is unsafe, without its sign; 0 where none is.
    let private integerPair (pairs: HeavyPairs) (scale: float) (channel: int) : int =
        let mutable largest = 0

        for pair in pairs.OfChannel(channel, limit * (1.0 - margin) / scale) do
            if not (isSafe scale pair) then
                let struct (first, second) = rounded scale pair
                largest <- max largest (abs (first + second))

        largest

    /// The most steps, in 1/1024, with which every pair of some channels is safe as it is rounded. A larger Scale never
    /// makes an unsafe pair safe, so that each pair has its own most, and the smallest of them counts.
    let private mostSteps (format: StepFormat) (pairs: HeavyPairs) (channels: int seq) (weight: float) (pair: float) =
        let lowest = int (1024.0 * largestWeight weight pair)

        let scaleOf (parts: int) =
            WeightScales.ofLevels format (float parts / 1024.0) weight

        let mutable safe =
            max lowest (int (1024.0 * min most ((limit + 1.0) * (1.0 + margin) * (weight / pair))))

        let threshold = limit * (1.0 - margin) / scaleOf safe

        for channel in channels do
            for pair in pairs.OfChannel(channel, threshold) do
                if safe > lowest && not (isSafe (scaleOf safe) pair) then
                    let mutable unsafe = safe
                    safe <- lowest

                    while unsafe - safe > 1 do
                        let middle = (safe + unsafe) / 2

                        if isSafe (scaleOf middle) pair then
                            safe <- middle
                        else
                            unsafe <- middle

        safe

    let private overflow (pairs: Lazy<HeavyPairs>) (magnitudes: WeightMagnitudes) (plan: Plan) (channel: int) =
        let scale = plan.WeightScale[channel]
        let reached = scale * magnitudes.Pairs[channel]

        let found =
            if reached <= limit * (1.0 - margin) then 0.0
            elif reached > (limit + 1.0) * (1.0 + margin) then reached
            else float (integerPair pairs.Value scale channel)

        if found > limit then
            ValueSome
                {
                    Channel = channel
                    Value = found
                    Limit = limit
                    Bits = 1
                }
        else
            ValueNone

    /// How many steps the largest weight of an entry has where a pair overflows. A large layer does with the closed form, which
    /// is at most 129/128 above the smallest safe step.
    let private steps (stage: Stage) (heavy: Lazy<HeavyPairs>) (channels: int seq) (weight: float) (pair: float) =
        let weights, format = stage.Layer.Weights, stage.Profile.Steps

        if BalancedStep.candidates weights.Data.Length = 0 then
            largestWeight weight pair
        else
            let safe = mostSteps format heavy.Value channels weight pair
            float (BalancedStep.choose format weights channels weight safe) / 1024.0

    /// The parameters with larger steps where a pair overflows.
    let private raised
        (stage: Stage)
        (heavy: Lazy<HeavyPairs>)
        (magnitudes: WeightMagnitudes)
        (overflows: ImmutableArray<Overflow>)
        =
        let before = stage.Parameters.LargestWeight
        let overflowing = Array.zeroCreate stage.Layer.Weights.Channels

        for overflow in overflows do
            overflowing[overflow.Channel] <- true

        let asked = Channelwise.ofChannels before overflowing
        let largest = Channelwise.ofChannels before (Seq.toArray magnitudes.Largest)
        let pairs = Channelwise.ofChannels before (Seq.toArray magnitudes.Pairs)

        let channels entry =
            if before.IsPerChannel then
                Seq.singleton entry
            else
                Seq.init stage.Layer.Weights.Channels id

        { stage.Parameters with
            LargestWeight =
                Channelwise.init before (fun entry ->
                    if asked[entry] then
                        steps stage heavy (channels entry) largest[entry] pairs[entry]
                    else
                        before[entry])
        }

    /// Where the larger step takes the shift below the range, and the output's Scale would have to fall for all. The step grows
    /// by less than two, and so the shift falls by one at most.
    let private isStuck (stage: Stage) (plan: Plan) (next: BacktrackingParameters) =
        let highest = Math.ScaleB(1.0, stage.Profile.Multiplier.Width) - 0.5

        fun (overflow: Overflow) ->
            let entry = overflow.Channel
            let growth = stage.Parameters.LargestWeight[entry] / next.LargestWeight[entry]
            let requantization = plan.Requantization[entry]

            let multiplier =
                Numbers.scalePow2 requantization.Shift (requantization.Scale * growth)

            multiplier * (1.0 + margin) >= highest && not (Retry.mayFall stage plan entry 1)

    let private refusal (overflow: Overflow) =
        Refusal.PairOverflow(overflow.Channel, overflow.Value, overflow.Limit)

    /// The plan on, if every pair is safe; else the parameters to start again with. A factor with a multiplier follows any
    /// step, so the step is raised just as far as needed; one that is a power of two is followed by whole bits alone.
    let check (stage: Stage) (magnitudes: WeightMagnitudes) (plan: Plan) : Step<Plan> =
        if stage.ProductSums = ProductSums.InFull then
            Step.Done(plan, [])
        else
            let pairs = lazy HeavyPairs.Of stage.Layer.Weights

            match Overflow.OfChannels(stage.Layer.Weights.Channels, overflow pairs magnitudes plan) with
            | none when none.IsEmpty -> Step.Done(plan, [])
            | overflows when not stage.Precision.HasMultiplier ->
                Retry.withLess stage RetryCause.PairOverflow plan overflows refusal
            | overflows ->
                let next = raised stage pairs magnitudes overflows

                let isStuck = isStuck stage plan next

                match overflows.RemoveAll(fun overflow -> not (isStuck overflow)) with
                | stuck when not stuck.IsEmpty -> Step.Refuse(refusal (Seq.maxBy _.Value stuck))
                | _ ->
                    Step.Retry(
                        next,
                        {
                            Cause = RetryCause.PairOverflow
                            Overflows = overflows
                            Remedy = Remedy.RaiseWeightStep
                        }
                    )
