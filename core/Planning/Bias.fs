namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Globalization
open System.Runtime.InteropServices
open QuantFunctional

/// The integer bias (SPEC section 2, `try_quantize_bias_tensor`).
[<RequireQualifiedAccess>]
module Bias =

    let private refuseNotFinite (layer: Layer) =
        let bias = layer.Bias.ToArray()

        bias
        |> Array.tryFindIndex (Single.IsFinite >> not)
        |> Option.map (fun channel ->
            Refusal.BiasNotFinite(channel, bias[channel].ToString(CultureInfo.InvariantCulture)))

    /// Qb = rne(b·Sb) − P0 + Zb. Product, bias, and both together must fit the accumulator for every input; else some
    /// precision is given up. `narrow` is the plan before its output was widened, whose shifts a retry must respect.
    let quantize
        (stage: Stage)
        (integers: IntegerWeights)
        (real: ImmutableArray<float>)
        (narrow: Plan)
        (plan: Plan)
        : Step<ImmutableArray<int64>> =
        let layer, profile = stage.Layer, stage.Profile
        let channels = layer.Weights.Channels
        let accumulator = Interval.ofBits stage.Accumulator.Bits

        let zeroValue =
            Products.zeroValue profile stage.Path plan.Input.ZeroPoint plan.IntrinsicShift integers

        let reach =
            Products.reach profile stage.Path plan.Input plan.IntrinsicShift integers

        let biasScale = plan.BiasScale

        let integer channel : int64 =
            Numbers.toInt64HalfEven (real[channel] * biasScale[channel]) - zeroValue[channel]
            + ZeroPoints.correctionInBias profile stage.Precision plan channel

        let bias = Array.init channels integer

        let fits (interval: Interval) =
            interval.Low >= accumulator.Low && interval.High <= accumulator.High

        let overflow channel =
            let bias, product = bias[channel], reach[channel]
            let sum = Interval.shift bias product

            if fits product && fits sum && Interval.contains bias accumulator then
                None
            else
                let values = List.map float [ product.Low; product.High; bias; sum.Low; sum.High ]
                Overflow.Worst(channel, float accumulator.Low, float accumulator.High, values)

        match refuseNotFinite layer, Overflow.OfChannels(channels, overflow) with
        | Some refusal, _ -> Step.Refuse refusal
        | None, [] -> Step.Done(ImmutableCollectionsMarshal.AsImmutableArray bias, [])
        | None, overflows ->
            Retry.withLess stage RetryCause.BiasOverflow narrow overflows (fun overflow ->
                Refusal.BiasOverflow(overflow.Channel, overflow.Value, overflow.Limit))
