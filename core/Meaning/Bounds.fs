namespace QuantFunctional

open System.Collections.Immutable

/// An intermediate value of a layer.
[<RequireQualifiedAccess; NoComparison>]
type Intermediate =
    /// Σ hi·w of the int15 path, before it is shifted.
    | HighHalf
    /// Σ lo·w of the int15 path.
    | LowHalf
    /// P.
    | Product
    /// P + Qb.
    | ProductAndBias
    /// (P + Qb)·2^exponent, where a target shifts left before it multiplies.
    | ShiftedLeft
    /// (P + Qb)·multiplier with the rounding constant.
    | Multiplied
    /// What the requantization gives, with the zero point added, before it is clamped.
    | Requantized

    /// The name as sentences and documents call it.
    member i.Name =
        match i with
        | HighHalf -> "the sum of the high halves"
        | LowHalf -> "the sum of the low halves"
        | Product -> "the product"
        | ProductAndBias -> "product and bias"
        | ShiftedLeft -> "product and bias shifted left"
        | Multiplied -> "the multiplied accumulator"
        | Requantized -> "the requantized value"

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

namespace QuantFunctional.FSharp

open System.Numerics
open QuantFunctional

/// Exact worst cases of every intermediate, per output channel, from the integers alone and over the input's whole type
/// (SPEC section 4). Every term's interval contains 0, so they hold for the partial sums of any order too.
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
            let offset =
                if layer.Profile.InputZeroPointInBias layer.Path then
                    0L
                else
                    int64 layer.Input.ZeroPoint

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
        let multiplier, shift = layer.Multiplier[channel], layer.Shift[channel]
        let struct (normalised, exponent) = Requantize.tfliteForm multiplier shift

        let multiplied (factor: int) (right: int) =
            let nudge = if right > 0 then 1I <<< (right - 1) else 0I
            let product x = x * bigint factor

            let result x =
                if right > 0 then
                    (product x + nudge) >>> right
                else
                    product x <<< -right

            [
                Intermediate.Multiplied, 64, struct (product low, product high + nudge)
                Intermediate.Requantized,
                32,
                struct (result low + bigint layer.OutputOffset, result high + bigint layer.OutputOffset)
            ]

        match layer.Rounding with
        | RequantizationRounding.SingleTiesToEven -> []
        | RequantizationRounding.OnceTiesUp -> List.take 1 (multiplied multiplier shift)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            multiplied (FixedPoint.reducedMultiplier normalised) (15 - exponent)
        | RequantizationRounding.TwiceGemmlowp ->
            let left = max exponent 0
            let ends = struct (low <<< left, high <<< left)
            let struct (shiftedLow, shiftedHigh) = ends

            let rounded x =
                let inInt32 =
                    int (BigInteger.Min(BigInteger.Max(x, bigint System.Int32.MinValue), bigint System.Int32.MaxValue))

                let high = FixedPoint.saturatingRoundingDoublingHighMul inInt32 normalised
                bigint (FixedPoint.roundingDivideByPOT high (max -exponent 0)) + bigint layer.OutputOffset

            [
                Intermediate.ShiftedLeft, 32, ends
                Intermediate.Requantized, 32, struct (rounded shiftedLow, rounded shiftedHigh)
            ]

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
