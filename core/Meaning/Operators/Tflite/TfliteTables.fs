namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// TFLite's functions of one stored number, as tables from the smallest integer on.
[<RequireQualifiedAccess>]
module TfliteTables =

    let private table (input: Storage) (ofSteps: int -> int) : ImmutableArray<int> =
        ImmutableArray.CreateRange(
            seq { for stored in input.Lowest .. input.Highest -> ofSteps (stored - input.ZeroPoint) }
        )

    /// LEAKY_RELU (reference/leaky_relu.h): a factor for each sign. None where the slope is negative, and where the output is
    /// too fine for a factor.
    let leakyRelu
        (rounding: RequantizationRounding)
        (slope: float32)
        (input: Storage)
        (output: Storage)
        : ImmutableArray<int> option =
        let factor = TfliteFactor.ofReal (TfliteFactor.farthest input)

        match factor (float (input.Step / output.Step)), factor (float (input.Step * slope / output.Step)) with
        | Some positive, Some negative ->
            Some(
                table input (fun steps ->
                    let factor = if steps >= 0 then positive else negative
                    TfliteFactor.store output (TfliteFactor.multiply rounding factor steps))
            )
        | _ -> None

    /// How TFLite stores what lies between 0 and 1.
    let unit: Storage =
        {
            Step = 1.0f / 256.0f
            ZeroPoint = -128
            Lowest = -128
            Highest = 127
        }

    // what the logistic function takes has 4 integer bits; beyond, it is 0 or 1
    let private integerBits = 4

    /// LOGISTIC of 8-bit integers (reference/integer_ops/logistic.h), stored as `unit`.
    let logistic (rounding: RequantizationRounding) (input: Storage) : ImmutableArray<int> =
        let struct (factor, radius) = TfliteFactor.toFixedPoint integerBits input.Step

        table input (fun steps ->
            if float steps <= -radius then
                unit.Lowest
            elif float steps >= radius then
                unit.Highest
            else
                let raw =
                    FixedPointFunctions.logistic integerBits (TfliteFactor.multiply rounding factor steps)

                TfliteFactor.store unit (FixedPoint.roundingDivideByPOT raw 23))
