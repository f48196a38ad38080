namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// TFLite's SOFTMAX of 8-bit integers in fixed point (reference/softmax.h), stored as `TfliteTables.unit`.
[<RequireQualifiedAccess>]
module TfliteSoftmax =

    // of the distances from the largest element, and of the sum of their exponentials
    let private integerBits = 5
    let private sumBits = 12

    /// The softmax of one row. A sum beyond its 12 integer bits, which takes 4,096 elements, is an OverflowException.
    let ofRow (rounding: RequantizationRounding) (input: Storage) : int array -> int array =
        let struct (factor, farthest) = TfliteFactor.toFixedPoint integerBits input.Step

        let exponential distance =
            FixedPointFunctions.expOfNegative integerBits (TfliteFactor.multiply rounding factor distance)

        fun row ->
            let largest = Array.max row

            let exponentials =
                row
                |> Array.map (fun stored ->
                    if float (largest - stored) > farthest then
                        ValueNone
                    else
                        ValueSome(exponential (stored - largest)))

            let sum =
                exponentials
                |> Array.sumBy (function
                    | ValueSome e -> int64 (FixedPoint.roundingDivideByPOT e sumBits)
                    | ValueNone -> 0L)
                |> Checked.int

            let struct (reciprocal, bitsOverOne) = FixedPointFunctions.reciprocal sumBits sum

            exponentials
            |> Array.map (function
                | ValueSome e ->
                    let product = FixedPoint.saturatingRoundingDoublingHighMul reciprocal e
                    TfliteFactor.store TfliteTables.unit (FixedPoint.roundingDivideByPOT product (bitsOverOne + 31 - 8))
                | ValueNone -> TfliteTables.unit.Lowest)
