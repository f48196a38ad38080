namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Integer weights, and the real ones that they stand for (SPEC section 2, `quantize_weight_tensor`).
[<RequireQualifiedAccess>]
module Weights =

    /// Qw = clamp(rne(w·Sw), −m, m), and the sums by sign.
    let quantize (bits: int) (weightScale: Channelwise<float>) (weights: WeightView) : IntegerWeights =
        let data = weights.Data.Span
        let values = Array.zeroCreate<sbyte> data.Length
        let positive = Array.zeroCreate<int64> weights.Channels
        let negative = Array.zeroCreate<int64> weights.Channels
        let most = float (WeightScales.largestInteger bits)

        let shape = weights.Shape
        let length, interleaved = shape.RunLength, shape.IsInterleaved

        for run in 0 .. data.Length / length - 1 do
            let first = shape.RunChannel run

            for i in 0 .. length - 1 do
                let channel = if interleaved then first + i else first
                let index = run * length + i
                let rounded = Math.Round(float data[index] * weightScale[channel])
                let value = Math.Clamp(rounded, -most, most)
                values[index] <- sbyte value

                if value > 0.0 then
                    positive[channel] <- positive[channel] + int64 value
                else
                    negative[channel] <- negative[channel] + int64 value

        {
            Values = Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray values
            PositiveSums = positive
            NegativeSums = negative
        }

    /// Qw/Sw in the order of the real weights, 0 where Sw is 0: what the integer layer really computes with.
    let fakeQuantized
        (weightScale: Channelwise<float>)
        (weights: WeightView)
        (integers: IntegerWeights)
        : float32 array =
        let values = Array.zeroCreate<float32> integers.Values.Length

        let shape = weights.Shape

        for channel in 0 .. shape.Channels - 1 do
            let scale = weightScale[channel]

            if scale <> 0.0 then
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        let index = shape.Index(channel, input, position)
                        let value = float integers.Values[index] / scale
                        // half a step above the largest float32 is not infinity
                        values[index] <- float32 (Math.Clamp(value, -Numbers.largestSingle, Numbers.largestSingle))

        values
