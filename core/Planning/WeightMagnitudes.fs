namespace QuantFunctional

open System.Collections.Immutable

/// How large the real weights of each output channel are.
[<NoComparison; NoEquality>]
type WeightMagnitudes =
    {
        /// max│w│ of each output channel.
        Largest: ImmutableArray<float>
        /// The largest │w1 + w2│ of two weights whose products are neighbours, to the precision of float32; empty where the
        /// layer adds its products in full.
        Pairs: ImmutableArray<float>
    }

    override w.ToString() =
        $"largest by channel {FSharp.ShortText.list w.Largest}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// The sizes of real weights, found in one reading.
[<RequireQualifiedAccess>]
module WeightMagnitudes =

    /// How the kernel's order of products lies in the memory of a channel.
    [<RequireQualifiedAccess; Struct; NoComparison>]
    type private Neighbours =
        /// The one after the other, through the whole channel.
        | InChannel
        /// The one after the other, through the inputs of each position; no pair has weights of two positions.
        | InPosition
        /// Two rows, each of all positions of an input.
        | InRows
        /// Two rows, each of one weight of each channel.
        | AcrossChannels
        | Anywhere

    let private neighbours (shape: WeightShape) =
        let inputs, positions = shape.Inputs, shape.Positions
        let inputStride = shape.Index(0, 1, 0) - shape.Index(0, 0, 0)
        let positionStride = shape.Index(0, 0, 1) - shape.Index(0, 0, 0)
        let next = if inputs > 1 then inputStride else positionStride

        if shape.IsInterleaved then
            Neighbours.AcrossChannels
        elif next = 1 && (inputs = 1 || positions = 1 || positionStride = inputs) then
            Neighbours.InChannel
        elif inputs % 2 = 1 then
            Neighbours.Anywhere
        elif inputStride = 1 then
            Neighbours.InPosition
        elif positionStride = 1 then
            Neighbours.InRows
        else
            Neighbours.Anywhere

    let private anywhere (data: ReadOnlySpan<float32>) (shape: WeightShape) (channel: int) (found: byref<Magnitudes>) =
        let last = PairOrder.products shape - 1

        for product in 0..2..last do
            let first = data[PairOrder.index shape channel product]

            let second =
                if product < last then
                    data[PairOrder.index shape channel (product + 1)]
                else
                    0.0f

            let weight = max (MagnitudeLoops.bits first) (MagnitudeLoops.bits second)

            found <-
                {
                    Weight = max found.Weight weight
                    Pair = max found.Pair (MagnitudeLoops.bits (first + second))
                }

    let private acrossChannels width (data: ReadOnlySpan<float32>) (shape: WeightShape) (weights: int array) pairs =
        let length = shape.RunLength
        let last = PairOrder.products shape - 1

        for first in 0..length .. shape.Channels - 1 do
            let weights = Span<int>(weights, first, length)
            let pairs = Span<int>(pairs, first, length)

            for product in 0..2..last do
                let row = data.Slice(PairOrder.index shape first product, length)

                if product < last then
                    let next = data.Slice(PairOrder.index shape first (product + 1), length)
                    MagnitudeLoops.channels width row next weights pairs
                else
                    MagnitudeLoops.channels width row row weights (Span<int>(Array.zeroCreate length))

    let private ofChannel width (data: ReadOnlySpan<float32>) (shape: WeightShape) (order: Neighbours) (channel: int) =
        let mutable found = { Weight = 0; Pair = 0 }
        let from = shape.Index(channel, 0, 0)

        match order with
        | Neighbours.InChannel -> MagnitudeLoops.neighbours width (data.Slice(from, PairOrder.products shape)) &found
        | Neighbours.InPosition ->
            for position in 0 .. shape.Positions - 1 do
                let inputs = data.Slice(shape.Index(channel, 0, position), shape.Inputs)
                MagnitudeLoops.neighbours width inputs &found
        | Neighbours.InRows ->
            let stride = shape.Index(channel, 1, 0) - from
            MagnitudeLoops.rows width (data.Slice from) shape.Positions stride (shape.Inputs / 2) &found
        | Neighbours.AcrossChannels
        | Neighbours.Anywhere -> anywhere data shape channel &found

        found

    // a sum beyond float32, which two finite weights may make
    let private exactly (weights: WeightView) (channel: int) : float =
        let data = weights.Data.Span
        let shape = weights.Shape
        let mutable largest = 0.0

        for product in 1..2 .. PairOrder.products shape - 1 do
            let first = data[PairOrder.index shape channel (product - 1)]
            let second = data[PairOrder.index shape channel product]
            largest <- max largest (abs (float first + float second))

        largest

    /// `withPairs` by vectors of at most so many bits; by none at 0.
    let internal withPairsBy (width: int) (weights: WeightView) : Result<WeightMagnitudes, Refusal> =
        let data = weights.Data.Span
        let shape = weights.Shape
        let order = neighbours shape

        let largest, pairs =
            Array.zeroCreate shape.Channels, Array.zeroCreate shape.Channels

        if order = Neighbours.AcrossChannels then
            acrossChannels width data shape largest pairs
        else
            for channel in 0 .. shape.Channels - 1 do
                let found = ofChannel width data shape order channel
                largest[channel] <- found.Weight
                pairs[channel] <- found.Pair

        let isFinite (bits: int) =
            Single.IsFinite(BitConverter.Int32BitsToSingle bits)

        let value (bits: int) =
            float (BitConverter.Int32BitsToSingle bits)

        let sum channel bits =
            if isFinite bits then
                value bits
            else
                exactly weights channel

        if Array.forall isFinite largest then
            Ok
                {
                    Largest = ImmutableCollectionsMarshal.AsImmutableArray(Array.map value largest)
                    Pairs = ImmutableCollectionsMarshal.AsImmutableArray(Array.mapi sum pairs)
                }
        else
            WeightScales.refuseNotFinite weights

    /// The sizes of weights and of pairs. A weight that is not finite is refused by its index in the data.
    let withPairs (weights: WeightView) : Result<WeightMagnitudes, Refusal> = withPairsBy WeightLoops.widest weights

    /// The sizes of the weights alone.
    let withoutPairs (weights: WeightView) : Result<WeightMagnitudes, Refusal> =
        WeightScales.largestMagnitudes weights
        |> Result.map (fun largest ->
            {
                Largest = ImmutableCollectionsMarshal.AsImmutableArray largest
                Pairs = ImmutableArray.Empty
            })
