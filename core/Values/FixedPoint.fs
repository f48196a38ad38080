namespace QuantFunctional.FSharp

open System

/// gemmlowp's integer operations under their own names (google/gemmlowp, fixedpoint/fixedpoint.h), and TFLite's
/// requantizations made of them. Products are taken in 128 bits, so that nothing wraps on the way.
[<RequireQualifiedAccess>]
module FixedPoint =

    let private int32Range (x: Int128) =
        Int128.Clamp(x, Int128.op_Implicit Int32.MinValue, Int128.op_Implicit Int32.MaxValue)

    let private pow2 (exponent: int) = Int128.One <<< exponent

    /// (a·b·2 + 2^31) / 2^32 with the quotient cut towards zero as gemmlowp cuts it; only the lowest times itself saturates.
    /// "Doubling": the product of two Q0.31 numbers has one sign bit too many.
    let saturatingRoundingDoublingHighMul (a: int) (b: int) : int =
        if a = Int32.MinValue && b = Int32.MinValue then
            Int32.MaxValue
        else
            let product = int64 a * int64 b
            let nudge = if product >= 0L then 1L <<< 30 else 1L - (1L <<< 30)
            int ((product + nudge) / (1L <<< 31))

    /// x / 2^exponent, ties away from zero.
    let roundingDivideByPOT (x: int) (exponent: int) : int =
        let mask = (1L <<< exponent) - 1L
        let remainder = int64 x &&& mask
        let threshold = (mask >>> 1) + (if x < 0 then 1L else 0L)
        (x >>> exponent) + (if remainder > threshold then 1 else 0)

    /// x / 2^shift with one rounding, ties up; a negative shift multiplies.
    let roundingShiftTiesUp (x: Int128) (shift: int) : Int128 =
        if shift > 0 then
            (x + pow2 (shift - 1)) >>> shift
        else
            x <<< -shift

    /// TFLite's MultiplyByQuantizedMultiplier with two roundings. A positive exponent shifts left, in int32.
    let multiplyByQuantizedMultiplier (x: int) (multiplier: int) (exponent: int) : int =
        let shifted = x <<< max exponent 0
        roundingDivideByPOT (saturatingRoundingDoublingHighMul shifted multiplier) (max -exponent 0)

    /// TFLite's MultiplyByQuantizedMultiplier built with a single rounding.
    let multiplyByQuantizedMultiplierSingleRounding (x: int) (multiplier: int) (exponent: int) : int =
        int (int32Range (roundingShiftTiesUp (Math.BigMul(int64 x, int64 multiplier)) (31 - exponent)))

    /// The 16-bit multiplier that TFLite runs in place of a 31-bit one, for 64-bit accumulators.
    let reducedMultiplier (multiplier: int) : int =
        if multiplier < 0x7FFF0000 then
            (multiplier + (1 <<< 15)) >>> 16
        else
            0x7FFF

    /// TFLite's MultiplyByQuantizedMultiplier for 64-bit accumulators of 48 usable bits.
    let multiplyByQuantizedMultiplier64 (x: int64) (multiplier: int) (exponent: int) : int64 =
        let product = Math.BigMul(x, int64 (reducedMultiplier multiplier))
        Int128.op_Explicit (roundingShiftTiesUp product (15 - exponent))
