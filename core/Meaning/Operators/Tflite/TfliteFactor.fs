namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// A real factor as TFLite's kernels hold it: multiplier·2^(exponent − 31). A positive exponent shifts left.
[<Struct; NoComparison>]
type TfliteFactor = { Multiplier: int; Exponent: int }

/// Makes factors, and multiplies by them as one of TFLite's two builds does.
[<RequireQualifiedAccess>]
module TfliteFactor =

    /// QuantizeMultiplier (tensorflow/lite/kernels/internal/quantization_util.cc): 31 bits, ties away from zero; a factor
    /// below 2^−32 is 0.
    let ofReal (factor: float) : TfliteFactor =
        match Requantization.ofScale (MultiplierForm.Integer 31) factor with
        | Ok parts when parts.Shift <= 62 ->
            {
                Multiplier = parts.Multiplier
                Exponent = 31 - parts.Shift
            }
        | _ -> { Multiplier = 0; Exponent = 0 }

    /// MultiplyByQuantizedMultiplier of the build that rounds so.
    let multiply (rounding: RequantizationRounding) (factor: TfliteFactor) (x: int) : int =
        match rounding with
        | RequantizationRounding.OnceTiesUp ->
            FixedPoint.multiplyByQuantizedMultiplierSingleRounding x factor.Multiplier factor.Exponent
        | _ -> FixedPoint.multiplyByQuantizedMultiplier x factor.Multiplier factor.Exponent

    /// The integer that so many steps from the zero point make, held in the storage's range.
    let store (storage: Storage) (steps: int) : int =
        Math.Clamp(steps + storage.ZeroPoint, storage.Lowest, storage.Highest)
