namespace QuantFunctional.FSharp

open System
open System.Numerics
open QuantFunctional

/// From the accumulator to the output, as each target rounds (SPEC section 1, backend profiles).
[<RequireQualifiedAccess>]
module Requantize =

    /// TFLite's form of multiplier·2^−shift: a multiplier in [2^30, 2^31) and the exponent that goes with it. The multiplier
    /// 1 becomes 2^30 with the exponent 1 − shift.
    let tfliteForm (multiplier: int) (shift: int) : struct (int * int) =
        let width = 32 - BitOperations.LeadingZeroCount(uint32 multiplier)
        struct (multiplier <<< (31 - width), width - shift)

    /// float(accumulator)·factor in float32, clamped before it is rounded half to even, as ONNX Runtime does it.
    let private single (accumulator: int64) (multiplier: int) (shift: int) (clamp: Interval) : int64 =
        let factor = float32 (Math.ScaleB(float multiplier, -shift))
        let product = float32 (int accumulator) * factor
        int64 (MathF.Round(Math.Clamp(product, float32 clamp.Low, float32 clamp.High), MidpointRounding.ToEven))

    /// The accumulator times multiplier·2^−shift as a target rounds, before the zero point is added. `clamp` is what a
    /// product in float32 is held in before it is rounded; the integer roundings do without.
    let rounded
        (rounding: RequantizationRounding)
        (multiplier: int)
        (shift: int)
        (clamp: Interval)
        (accumulator: int64)
        : int64 =
        let struct (normalised, exponent) = tfliteForm multiplier shift

        match rounding with
        | RequantizationRounding.OnceTiesUp ->
            let product = Int128.op_Implicit accumulator * Int128.op_Implicit multiplier
            Int128.op_Explicit (FixedPoint.roundingShiftTiesUp product shift)
        | RequantizationRounding.TwiceGemmlowp ->
            int64 (FixedPoint.multiplyByQuantizedMultiplier (int accumulator) normalised exponent)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            FixedPoint.multiplyByQuantizedMultiplier64 accumulator normalised exponent
        | RequantizationRounding.SingleTiesToEven -> single accumulator multiplier shift clamp

    /// Qc of one output channel from P + Qb: requantized, the zero point added, saturated.
    let output (layer: IntegerLayer) (channel: int) (accumulator: int64) : int64 =
        let multiplier, shift = layer.Multiplier[channel], layer.Shift[channel]
        let offset = int64 layer.OutputOffset
        let clamp = Interval.shift -offset layer.OutputRange
        let requantized = rounded layer.Rounding multiplier shift clamp accumulator
        Math.Clamp(requantized + offset, layer.OutputRange.Low, layer.OutputRange.High)
