namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// The integer bias (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Bias =

    let private refuseNotFinite (real: ImmutableArray<float>) =
        real
        |> Seq.tryFindIndex (Double.IsFinite >> not)
        |> Option.map (fun channel -> Refusal.BiasNotFinite(channel, RealText.ofDouble real[channel]))

    // far outside every accumulator, and so told as it is
    let private beyondIntegers = Math.ScaleB(1.0, 60)

    /// How far a target shifts the sum left before it multiplies, and so must hold it: gemmlowp's multiplier 1 is 2^30 with
    /// the exponent 1 − shift.
    let private leftShift (stage: Stage) (plan: Plan) (channel: int) =
        let requantization = plan.Requantization[channel]

        match stage.Accumulator.Rounding with
        | RequantizationRounding.TwiceGemmlowp when requantization.Multiplier = 1 -> max 0 (1 - requantization.Shift)
        | RequantizationRounding.TwiceGemmlowp -> max 0 (stage.Profile.Multiplier.Width - requantization.Shift)
        | _ -> 0

    /// What the sums of a channel become in output steps, where an accumulator of more than 32 bits may leave int32.
    let private outputOverflow (stage: Stage) (plan: Plan) (channel: int) (sum: Interval) =
        let limit = Math.ScaleB(1.0, 31) * (1.0 - Math.ScaleB(1.0, -14)) // less what the reduced multiplier may add

        let largest =
            float (max (abs sum.Low) (abs sum.High)) * plan.Requantization[channel].Scale

        if stage.Accumulator.Bits > 32 && largest > limit then
            Some(Refusal.OutputOverflow(channel, largest, limit))
        else
            None

    /// Qb of every channel, the channels in which it or a sum leaves the accumulator, and what leaves int32 after it.
    [<NoComparison; NoEquality>]
    type private Sums =
        {
            Bias: int64 array
            Overflows: ImmutableArray<Overflow>
            OutputOverflow: int -> Refusal option
        }

    let private sums (stage: Stage) (integers: IntegerWeights) (real: ImmutableArray<float>) (plan: Plan) : Sums =
        let layer, profile = stage.Layer, stage.Profile
        let channels = layer.Weights.Channels
        let accumulator = Interval.ofBits stage.Accumulator.Bits

        let zeroValue =
            Products.zeroValue profile stage.Path plan.Input.ZeroPoint plan.IntrinsicShift integers

        let reach =
            Products.reach profile stage.Path plan.Input plan.IntrinsicShift integers

        let biasScale = plan.BiasScale

        let steps channel =
            Math.Clamp(real[channel] * biasScale[channel], -Double.MaxValue, Double.MaxValue)

        let integer channel : int64 =
            Numbers.toInt64HalfEven (steps channel) - zeroValue[channel]
            + ZeroPoints.correctionInBias profile stage.Precision plan channel

        let bias = Array.init channels integer

        let lowest, highest = float accumulator.Low, float accumulator.High
        let inside (value: float) = value >= lowest && value <= highest

        let overflow channel =
            let bias, product = bias[channel], reach[channel]
            let sum = Interval.shift bias product

            let shifted (end': int64) =
                Numbers.scalePow2 (leftShift stage plan channel) (float end')

            if abs (steps channel) > beyondIntegers then
                Overflow.Worst(channel, lowest, highest, [ steps channel ])
            elif
                inside (float product.Low)
                && inside (float product.High)
                && inside (float bias)
                && inside (shifted sum.Low)
                && inside (shifted sum.High)
            then
                ValueNone
            else
                let sums = [ shifted sum.Low; shifted sum.High ]
                Overflow.Worst(channel, lowest, highest, [ float product.Low; float product.High; float bias ] @ sums)

        {
            Bias = bias
            Overflows = Overflow.OfChannels(channels, overflow)
            OutputOverflow =
                fun channel -> outputOverflow stage plan channel (Interval.shift bias[channel] reach[channel])
        }

    /// True where the accumulator holds the biases of all dead channels, which grow with the output's Scale.
    let holdsDead (stage: Stage) (integers: IntegerWeights) (real: ImmutableArray<float>) (plan: Plan) : bool =
        let sums = sums stage integers real plan
        let holds channel = (sums.OutputOverflow channel).IsNone

        sums.Overflows |> Seq.forall (fun overflow -> not (plan.IsDead overflow.Channel))
        && seq { 0 .. sums.Bias.Length - 1 }
           |> Seq.forall (fun channel -> not (plan.IsDead channel) || holds channel)

    /// Qb = rne(b·Sb) − P0 + Zb. Product, bias, and both together must fit the accumulator for every input; else some
    /// precision is given up. `narrow` is the plan before its output was widened, whose shifts a retry must respect.
    let quantize
        (stage: Stage)
        (integers: IntegerWeights)
        (real: ImmutableArray<float>)
        (narrow: Plan)
        (plan: Plan)
        : Step<ImmutableArray<int64>> =
        let sums = sums stage integers real plan

        match refuseNotFinite real, sums.Overflows with
        | Some refusal, _ -> Step.Refuse refusal
        | None, none when none.IsEmpty ->
            match Seq.tryPick sums.OutputOverflow (seq { 0 .. sums.Bias.Length - 1 }) with
            | Some refusal -> Step.Refuse refusal
            | None -> Step.Done(ImmutableCollectionsMarshal.AsImmutableArray sums.Bias, [])
        | None, overflows ->
            Retry.withLess stage RetryCause.BiasOverflow narrow overflows (fun overflow ->
                Refusal.BiasOverflow(overflow.Channel, overflow.Value, overflow.Limit))
