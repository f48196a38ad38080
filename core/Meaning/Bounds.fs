namespace QuantFunctional

/// The values that an intermediate of one output channel takes, over every input there is.
[<NoComparison>]
type Bound =
    {
        Intermediate: Intermediate
        Channel: int
        /// The smallest and the largest value.
        Smallest: bigint
        Largest: bigint
        /// The bits of the signed integer that must hold it.
        Bits: int
    }

    /// True where the integer holds both ends.
    member b.Holds =
        let limit = 1I <<< (b.Bits - 1)
        b.Smallest >= -limit && b.Largest < limit

    override b.ToString() =
        $"channel {b.Channel}: {b.Intermediate.Name} {b.Smallest}..{b.Largest} in {b.Bits} bits"

namespace QuantFunctional.FSharp

open QuantFunctional

/// Exact worst cases of every intermediate, per output channel, from the integers alone and over the input's whole type
/// (docs/arithmetic.md). Every term's interval contains 0, so they hold for the partial sums of any order too.
[<RequireQualifiedAccess>]
module Bounds =

    /// The sums of a channel's weights above and below 0.
    let sums (layer: IntegerLayer) (channel: int) : struct (bigint * bigint) =
        let shape = layer.Shape
        let mutable positive, negative = 0L, 0L

        for input in 0 .. shape.Inputs - 1 do
            for position in 0 .. shape.Positions - 1 do
                let weight = int64 layer.Weights[shape.Index(channel, input, position)]

                if weight > 0L then
                    positive <- positive + weight
                else
                    negative <- negative + weight

        struct (bigint positive, bigint negative)

    /// Σ x·w where every x takes any value from low to high.
    let private weighted (low: int64) (high: int64) (struct (positive, negative): struct (bigint * bigint)) =
        struct (bigint low * positive + bigint high * negative, bigint high * positive + bigint low * negative)

    let private floorShift (bits: int) (x: bigint) = x >>> bits

    let private products (layer: IntegerLayer) (channel: int) =
        let whole = layer.InputRange
        let sums = sums layer channel

        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 ->
            let offset = int64 layer.InputOffset

            [
                Intermediate.Product, weighted (whole.Low - offset) (whole.High - offset) sums
            ]
        | ActivationPath.Int15 ->
            let struct (low, high) = weighted (whole.Low >>> 1) (whole.High >>> 1) sums

            let product =
                if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                    struct (floorShift 7 low, floorShift 7 high)
                else
                    struct (low, high)

            [
                Intermediate.HighHalf, weighted (whole.Low >>> 8) (whole.High >>> 8) sums
                Intermediate.LowHalf, weighted 0L 127L sums
                Intermediate.Product, product
            ]

    /// What the requantization makes of both ends of P + Qb, in exact arithmetic before any clamp.
    let private requantization (layer: IntegerLayer) channel (low: bigint) (high: bigint) =
        List.map2
            (fun (low: RequantizationStep) (high: RequantizationStep) ->
                low.Intermediate, low.Bits, struct (low.Bare, high.Value))
            (RequantizationSteps.ofAccumulator layer channel low)
            (RequantizationSteps.ofAccumulator layer channel high)

    /// Every intermediate of an output channel, in the order in which they come about.
    let ofChannel (layer: IntegerLayer) (channel: int) : Bound list =
        let accumulator = layer.Accumulator.Bits
        let products = products layer channel
        let struct (low, high) = products |> List.last |> snd
        let bias = bigint layer.Bias[channel]

        [
            for intermediate, ends in products do
                yield intermediate, accumulator, ends

            yield Intermediate.ProductAndBias, accumulator, struct (low + bias, high + bias)
            yield! requantization layer channel (low + bias) (high + bias)
        ]
        |> List.map (fun (intermediate, bits, struct (low, high)) ->
            {
                Intermediate = intermediate
                Channel = channel
                Smallest = low
                Largest = high
                Bits = bits
            })

    /// The input of one output position that drives a channel's product to one of its ends: one stored value for each
    /// weight, in the logical order.
    let witness (layer: IntegerLayer) (channel: int) (highest: bool) : int array =
        let shape, whole = layer.Shape, layer.InputRange

        [|
            for input in 0 .. shape.Inputs - 1 do
                for position in 0 .. shape.Positions - 1 do
                    let weight = layer.Weights[shape.Index(channel, input, position)]
                    int (if (weight > 0y) = highest then whole.High else whole.Low)
        |]
