namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// A real factor as TFLite's kernels hold it: multiplier·2^(exponent − 31). A positive exponent shifts left.
[<Struct; NoComparison>]
type TfliteFactor =
    {
        Multiplier: int
        Exponent: int
    }

    override f.ToString() = $"{f.Multiplier}*2^{f.Exponent - 31}"

/// Makes factors, and multiplies by them as one of TFLite's two builds does.
[<RequireQualifiedAccess>]
module TfliteFactor =

    /// QuantizeMultiplier (tensorflow/lite/kernels/internal/quantization_util.cc) of a finite number: 31 bits, ties away from
    /// zero; below 2^−32 it is 0.
    let private nearest (real: float) : TfliteFactor =
        match Requantization.ofScale (MultiplierForm.Integer 31) real with
        | Ok parts when parts.Shift <= 62 ->
            {
                Multiplier = parts.Multiplier
                Exponent = 31 - parts.Shift
            }
        | _ -> { Multiplier = 0; Exponent = 0 }

    /// Whether a number leaves int32 when it is shifted left as a factor does.
    let private leavesInt32 (factor: TfliteFactor) (x: float) =
        Math.ScaleB(x, max factor.Exponent 0) > float Int32.MaxValue

    /// The factor of a real number. None: that is negative or infinite, or it would shift the largest of its operands out of
    /// int32, where TFLite's result is undefined.
    let ofReal (largest: float) (real: float) : TfliteFactor option =
        if not (Double.IsFinite real) || real < 0.0 || leavesInt32 (nearest real) largest then
            None
        else
            Some(nearest real)

    /// The factor from steps to fixed-point numbers with so many integer bits, and the number of steps that are too many for
    /// it (CalculateInputRadius).
    let toFixedPoint (integerBits: int) (step: float32) : struct (TfliteFactor * float) =
        let scale = float step * float (1 <<< (31 - integerBits))
        let factor = nearest (min scale (float Int32.MaxValue))
        let integers = float ((1 <<< integerBits) - 1)
        struct (factor, Math.Floor(Math.ScaleB(integers, 31 - integerBits - factor.Exponent)))

    /// The steps from the zero point to the farther end of a storage.
    let farthest (storage: Storage) : float =
        float (max (storage.Highest - storage.ZeroPoint) (storage.ZeroPoint - storage.Lowest))

    /// MultiplyByQuantizedMultiplier of the build that rounds so. An operand that leaves int32 when it is shifted left is an
    /// OverflowException.
    let multiply (rounding: RequantizationRounding) (factor: TfliteFactor) (x: int) : int =
        if leavesInt32 factor (abs (float x)) then
            raise (OverflowException())

        match rounding with
        | RequantizationRounding.OnceTiesUp ->
            FixedPoint.multiplyByQuantizedMultiplierSingleRounding x factor.Multiplier factor.Exponent
        | _ -> FixedPoint.multiplyByQuantizedMultiplier x factor.Multiplier factor.Exponent

    /// The integer that so many steps from the zero point make, held in the storage's range.
    let store (storage: Storage) (steps: int) : int =
        int (Math.Clamp(int64 steps + int64 storage.ZeroPoint, int64 storage.Lowest, int64 storage.Highest))
