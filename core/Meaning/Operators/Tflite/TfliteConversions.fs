namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Between real numbers and storages as TFLite converts: in float32, ties away from zero; between two storages by an
/// integer factor.
[<RequireQualifiedAccess>]
module TfliteConversions =

    /// The reference QUANTIZE (reference/quantize.h); NaN becomes the smallest integer.
    let quantize (storage: Storage) (real: float32) : int =
        if Single.IsNaN real then
            storage.Lowest
        else
            let steps = MathF.Round(real / storage.Step, MidpointRounding.AwayFromZero)
            int (Math.Clamp(float steps + float storage.ZeroPoint, float storage.Lowest, float storage.Highest))

    /// The range that a fused activation leaves (CalculateActivationRangeQuantized).
    let clamp (low: float32) (high: float32) (storage: Storage) : Storage =
        { storage with
            Lowest = quantize storage low
            Highest = quantize storage high
        }

    /// QUANTIZE from integers to integers (reference/requantize.h), as a table from the smallest integer on. None where the
    /// output is too fine for its factor.
    let requantize (rounding: RequantizationRounding) (input: Storage) (output: Storage) : ImmutableArray<int> option =
        TfliteFactor.ofReal (TfliteFactor.farthest input) (float input.Step / float output.Step)
        |> Option.map (fun factor ->
            ImmutableArray.CreateRange(
                seq {
                    for stored in input.Lowest .. input.Highest ->
                        TfliteFactor.store output (TfliteFactor.multiply rounding factor (stored - input.ZeroPoint))
                }
            ))
