namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// One output channel of a plan in words and numbers.
[<RequireQualifiedAccess>]
module internal Channels =

    let private weightBits = 8
    let private most = WeightScales.largestInteger weightBits

    /// The part of Sw that is left after folding, as the largest integer weight tells it: the float weights are not
    /// part of a plan. `sharing` is the largest of all channels that have the same Sw.
    let private foldedBy (precision: Precision) (bitsGivenUp: int) (sharing: int) =
        if precision.HasMultiplier || sharing = 0 then
            1.0
        else
            min 1.0 (Numbers.scalePow2 bitsGivenUp (float sharing) / float most)

    let private weights (layer: QuantizedLayer) (channel: int) (largest: int) (sharing: int) : string list =
        let scale = layer.Plan.WeightScale[channel]
        let parameters = layer.Trace.Last.Parameters
        let given = parameters.BitsGivenUp[channel]
        let growth = (BacktrackingParameters.stepGrowth parameters)[channel]
        let owner = if layer.Request.PerChannel then "channel" else "layer"

        if scale = 0.0 then
            [
                $"Weights: every weight of the {owner} rounds to 0, so it has no scale (Sw = 0) "
                + "and the output is the bias alone."
            ]
        else
            let real = Words.number (float sharing / scale)
            let fraction = Words.hundredths (foldedBy layer.Precision given sharing)

            let formula =
                if layer.Precision.HasMultiplier then
                    $"Sw = {Words.number (float most / growth)} / max|w|"
                else
                    $"Sw = {most} / max|w| times the folded fraction"

            let halved =
                if given = 0 then
                    ""
                else
                    let bits = Words.counted given "bit"
                    $", divided by {Words.pow2 given} for the {bits} that retries gave up"

            let used = Words.hundredths (Bits.used weightBits most largest)

            [
                $"Weights: {formula}{halved} = {Words.number scale} steps per unit; "
                + $"the {owner}'s largest weight is about {real}."

                if growth > 1.0 then
                    $"Two neighbouring products would leave 16 bits with {most} / max|w|, so the step grew by "
                    + $"{Words.hundredths growth}, that is {Words.hundredths (Bits.decibels growth)} dB."

                if not layer.Precision.HasMultiplier then
                    "The factor S must be a power of two, so its fraction went into Sw, "
                    + $"which is about {fraction} of what it would be by the weights alone."

                $"Largest integer weight of the channel: {largest} of {most}, so {used} of {weightBits} bits are used."
            ]

    /// How far the pair of neighbours with the largest sum is from what 16 bits hold, where the target adds pairs there.
    let private pairs (layer: QuantizedLayer) (channel: int) : string list =
        let integers = layer.Integers
        let shape = integers.Shape
        let struct (pair, sum) = PairOrder.heaviest shape integers.Weights channel

        let place product =
            $"input {product % shape.Inputs} at position {product / shape.Inputs}"

        let weight product =
            Words.whole (int64 integers.Weights[PairOrder.index shape channel product])

        if integers.ProductSums = ProductSums.InFull || sum = 0 then
            []
        else
            let first, second = 2 * pair, 2 * pair + 1

            [
                $"Pairs: the heaviest two neighbouring weights are {weight first} ({place first}) and {weight second} "
                + $"({place second}): {sum} of {Words.number PairLimit.limit} of one sign, for which 16 bits hold their "
                + "products with any input."
            ]

    let private requantization (layer: QuantizedLayer) (channel: int) : string list =
        let plan = layer.Plan
        let entry = plan.Requantization[channel]
        let shift = plan.IntrinsicShift[channel]

        let product =
            if layer.Integers.Path = ActivationPath.Int15 then
                let meaning =
                    if shift = IntrinsicShift.Hi then
                        "the larger one: the product loses its 7 lowest bits, and so needs 7 fewer in the accumulator"
                    else
                        "the smaller one: only the halving of the input"

                [ $"Product: divided by 2^h with h = {shift}, {meaning}." ]
            else
                []

        if plan.IsDead channel then
            [ "Factor: S = 1, since there is no product to scale." ]
        else
            let scales =
                let input, weight = plan.Input.Scale, plan.WeightScale[channel]
                let output = Words.number plan.Output.Scale
                $"{Words.pow2 shift} * {output} / ({Words.number input} * {Words.number weight})"

            product
            @ [
                $"Factor: S = 2^h * Sc / (Sa * Sw) = {scales} = {Words.number entry.Scale}, "
                + $"run as {entry.Multiplier} * {Words.pow2 -entry.Shift}."
            ]

    let private bias (layer: QuantizedLayer) (channel: int) (zeroValue: int64) (correction: int64) : string list =
        let real, scale = layer.RealBias[channel], layer.Plan.BiasScale[channel]

        let rounded, bias =
            Numbers.toInt64HalfEven (real * scale), layer.Integers.Bias[channel]

        let steps =
            if layer.Plan.IsDead channel then
                "Sb = Sc"
            else
                "Sb = Sa * Sw / 2^h"

        [
            $"Bias: {Words.number real} at {steps} = {Words.number scale} steps per unit is {Words.whole rounded}."
            "P0, the product of inputs that all hold their zero point, where the bias takes it off: "
            + $"{Words.whole zeroValue}."
            $"Zb, the output's zero point, where it travels in the bias: {Words.whole correction}."
            $"Integer bias: Qb = {Words.whole rounded}{Words.minus zeroValue}{Words.plus correction} "
            + $"= {Words.whole bias}."
        ]

    /// Every output channel in order.
    let ofLayer (layer: QuantizedLayer) (attempts: AttemptExplanation seq) : ChannelExplanation array =
        let integers, plan = layer.Integers, layer.Plan
        let known = KnownWeights.ofLayer integers
        let all = Array.max known.Largest
        let growth = BacktrackingParameters.stepGrowth layer.Trace.Last.Parameters

        let zeroValues =
            Products.zeroValue
                integers.Profile
                integers.Path
                integers.Input.ZeroPoint
                integers.IntrinsicShift
                known.Sums

        let reaches =
            Products.reach integers.Profile integers.Path integers.Input integers.IntrinsicShift known.Sums

        Array.init integers.Shape.Channels (fun channel ->
            let largest = known.Largest[channel]
            let sharing = if layer.Request.PerChannel then largest else all
            let given = layer.Trace.Last.Parameters.BitsGivenUp[channel]
            let entry, reach = plan.Requantization[channel], reaches[channel]

            let correction =
                ZeroPoints.correctionInBias integers.Profile layer.Precision plan channel

            let folded = foldedBy layer.Precision given sharing
            let rooms = HeadRooms.ofAccumulator integers reach channel

            {
                Channel = channel
                State =
                    if plan.IsDead channel then "dead"
                    elif largest = 0 then "zero"
                    else "live"
                LargestWeight = largest
                WeightBits = Bits.used weightBits most largest
                BitsGivenUp = given
                StepGrowth = growth[channel]
                FoldedBy = folded
                FoldedBits = Bits.log2 (1.0 / folded)
                WeightScale = plan.WeightScale[channel]
                RequantizationScale = entry.Scale
                Multiplier = entry.Multiplier
                Shift = entry.Shift
                IntrinsicShift = plan.IntrinsicShift[channel]
                BiasScale = plan.BiasScale[channel]
                RealBias = layer.RealBias[channel]
                ProductZeroValue = zeroValues[channel]
                ZeroPointInBias = correction
                Bias = integers.Bias[channel]
                OutputSteps = float (reach.High - reach.Low) * entry.Scale
                HeadRoom = ImmutableArray.CreateRange<HeadRoom>(rooms @ HeadRooms.ofShift layer channel)
                BitsFree = rooms |> List.map _.BitsFree |> List.min
                Retried = attempts |> Seq.exists (fun attempt -> attempt.Touches channel)
                HowFound =
                    ImmutableArray.CreateRange<string>(
                        weights layer channel largest sharing
                        @ pairs layer channel
                        @ requantization layer channel
                        @ bias layer channel zeroValues[channel] correction
                    )
            })
