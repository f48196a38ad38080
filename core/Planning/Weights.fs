namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// Integer weights, and the real ones that they stand for (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Weights =

    // the sums of a row's 127s stay within int32 for so many rows
    let private rowsBetweenSums = 1 <<< 16

    /// `quantize` by vectors of at most so many bits; by none at 0.
    let internal quantizeBy
        (width: int)
        (bits: int)
        (weightScale: Channelwise<float>)
        (weights: WeightView)
        : IntegerWeights =
        let data = weights.Data.Span
        let values = GC.AllocateUninitializedArray<sbyte> data.Length
        let positive = Array.zeroCreate<int64> weights.Channels
        let negative = Array.zeroCreate<int64> weights.Channels
        let most = float (WeightScales.largestInteger bits)
        let shape = weights.Shape
        let length = shape.RunLength
        let runs = data.Length / length

        let add channel (sums: WeightSums) =
            positive[channel] <- positive[channel] + sums.Positive
            negative[channel] <- negative[channel] + sums.Total - sums.Positive

        if shape.IsInterleaved then
            let row =
                ChannelRow.Of(most, Array.init weights.Channels (fun channel -> weightScale[channel]))

            for run in 0 .. runs - 1 do
                let source = data.Slice(run * length, length)
                let target = values.AsSpan(run * length, length)
                WeightLoops.channels width row (shape.RunChannel run) source target

                if run % rowsBetweenSums = rowsBetweenSums - 1 || run = runs - 1 then
                    row.Empty add
        else
            for run in 0 .. runs - 1 do
                let channel = shape.RunChannel run
                let source = data.Slice(run * length, length)
                let target = values.AsSpan(run * length, length)
                let mutable sums = { Total = 0L; Positive = 0L }
                WeightLoops.channel width weightScale[channel] most source target &sums
                add channel sums

        {
            Values = ImmutableCollectionsMarshal.AsImmutableArray values
            PositiveSums = ImmutableCollectionsMarshal.AsImmutableArray positive
            NegativeSums = ImmutableCollectionsMarshal.AsImmutableArray negative
        }

    /// Qw = clamp(rne(w·Sw), −m, m), and the sums by sign.
    let quantize (bits: int) (weightScale: Channelwise<float>) (weights: WeightView) : IntegerWeights =
        quantizeBy WeightLoops.widest bits weightScale weights

    /// Qw/Sw in the order of the real weights, 0 where Sw is 0: what the integer layer really computes with.
    let fakeQuantized
        (weightScale: Channelwise<float>)
        (shape: WeightShape)
        (integers: ImmutableArray<sbyte>)
        : float32 array =
        let values = Array.zeroCreate<float32> integers.Length

        for channel in 0 .. shape.Channels - 1 do
            let scale = weightScale[channel]

            if scale <> 0.0 then
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        let index = shape.Index(channel, input, position)
                        let value = float integers[index] / scale
                        // half a step above the largest float32 is not infinity
                        values[index] <- float32 (Math.Clamp(value, -Numbers.largestSingle, Numbers.largestSingle))

        values
