namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Integer weights with what the later stages need to know of them, so that nothing is read twice.
[<NoComparison; NoEquality>]
type IntegerWeights =
    {
        /// Qw, in the order of the real weights.
        Values: ImmutableArray<sbyte>
        /// Per output channel, the sum of the weights above 0.
        PositiveSums: int64 array
        /// Per output channel, the sum of the weights below 0.
        NegativeSums: int64 array
    }

    /// True where every integer weight of the channel is 0.
    member w.IsZero(channel: int) =
        w.PositiveSums[channel] = 0L && w.NegativeSums[channel] = 0L

/// Integer weights, and the products that they can reach (SPEC sections 1 and 2).
[<RequireQualifiedAccess>]
module Weights =

    /// Qw = clamp(rne(w·Sw), −m, m), and the sums by sign.
    let quantize (bits: int) (weightScale: Channelwise<float>) (weights: WeightView) : IntegerWeights =
        let data = weights.Data.Span
        let values = Array.zeroCreate<sbyte> data.Length
        let positive = Array.zeroCreate<int64> weights.Channels
        let negative = Array.zeroCreate<int64> weights.Channels
        let most = float (WeightScales.largestInteger bits)

        // one run of neighbours in memory is one channel, or one weight of every channel
        let interleaved = weights.ChannelStride = 1

        let runs =
            if interleaved then
                weights.WeightsPerChannel
            else
                weights.Channels

        let length = data.Length / runs

        for run in 0 .. runs - 1 do
            for i in 0 .. length - 1 do
                let channel = if interleaved then i else run
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

        for channel in 0 .. weights.Channels - 1 do
            let scale = weightScale[channel]

            if scale <> 0.0 then
                for input in 0 .. weights.Inputs - 1 do
                    for position in 0 .. weights.Positions - 1 do
                        let index = weights.Index(channel, input, position)
                        let value = float integers.Values[index] / scale
                        // half a step above the largest float32 is not infinity
                        values[index] <- float32 (Math.Clamp(value, -Numbers.largestSingle, Numbers.largestSingle))

        values

    /// P0 per output channel (`quantized_product_zero_value`): the product when every input holds the zero point, where
    /// the target takes it off in the bias; 0 where it is taken off each input. int8 path.
    let productZeroValue (profile: BackendProfile) (zeroPoint: int) (integers: IntegerWeights) : int64 array =
        match profile.InputZeroPoint with
        | InputZeroPoint.OffEachInput -> Array.zeroCreate integers.PositiveSums.Length
        | InputZeroPoint.InBias ->
            Array.map2
                (fun positive negative -> int64 zeroPoint * (positive + negative))
                integers.PositiveSums
                integers.NegativeSums

    /// The products of each output channel, over every input of the whole input type (SPEC section 4). int8 path.
    let productReach (profile: BackendProfile) (input: Encoding) (integers: IntegerWeights) : Interval array =
        let whole = Interval.ofBits 8

        let factor =
            match profile.InputZeroPoint with
            | InputZeroPoint.InBias -> whole
            | InputZeroPoint.OffEachInput -> Interval.shift -(int64 input.ZeroPoint) whole

        Array.map2
            (fun positive negative ->
                {
                    Low = factor.Low * positive + factor.High * negative
                    High = factor.High * positive + factor.Low * negative
                })
            integers.PositiveSums
            integers.NegativeSums
