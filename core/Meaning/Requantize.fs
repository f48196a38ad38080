namespace QuantFunctional.FSharp

open System
open System.Numerics
open QuantFunctional

/// The constants of one requantization, in the forms in which the targets hold them.
[<NoComparison; NoEquality>]
type RequantizationConstants =
    {
        Rounding: RequantizationRounding
        Multiplier: int
        Shift: int
        /// TFLite's form of multiplier·2^−shift.
        Normalised: int
        Exponent: int
        /// multiplier·2^−shift in float32.
        Factor: float32
        /// What a product in float32 is held in before it is rounded; the integer roundings do without.
        Clamp: Interval
    }

    override c.ToString() =
        $"{c.Multiplier}*2^{-c.Shift}, {c.Rounding}"

/// From the accumulator to the output, as each target rounds (docs/arithmetic.md, targets).
[<RequireQualifiedAccess>]
module Requantize =

    /// TFLite's form of multiplier·2^−shift: a multiplier in [2^30, 2^31) and the exponent that goes with it. The multiplier
    /// 1 becomes 2^30 with the exponent 1 − shift.
    let tfliteForm (multiplier: int) (shift: int) : struct (int * int) =
        let width = 32 - BitOperations.LeadingZeroCount(uint32 multiplier)
        struct (multiplier <<< (31 - width), width - shift)

    /// The constants of multiplier·2^−shift.
    let constants
        (rounding: RequantizationRounding)
        (multiplier: int)
        (shift: int)
        (clamp: Interval)
        : RequantizationConstants =
        let struct (normalised, exponent) = tfliteForm multiplier shift

        {
            Rounding = rounding
            Multiplier = multiplier
            Shift = shift
            Normalised = normalised
            Exponent = exponent
            Factor = float32 (Math.ScaleB(float multiplier, -shift))
            Clamp = clamp
        }

    /// The constants of one output channel.
    let ofChannel (layer: IntegerLayer) (channel: int) : RequantizationConstants =
        let clamp = Interval.shift -(int64 layer.OutputOffset) layer.OutputRange
        constants layer.Rounding layer.Multiplier[channel] layer.Shift[channel] clamp

    /// float(accumulator)·factor in float32, clamped before it is rounded half to even, as ONNX Runtime does it.
    let private single (accumulator: int64) (factor: float32) (clamp: Interval) : int64 =
        let product = float32 (int accumulator) * factor
        int64 (MathF.Round(Math.Clamp(product, float32 clamp.Low, float32 clamp.High), MidpointRounding.ToEven))

    /// The accumulator times multiplier·2^−shift as a target rounds, before the zero point is added.
    let rounded (q: RequantizationConstants) (accumulator: int64) : int64 =
        match q.Rounding with
        | RequantizationRounding.OnceTiesUp ->
            let product = Math.BigMul(accumulator, int64 q.Multiplier)
            Int128.op_Explicit (FixedPoint.roundingShiftTiesUp product q.Shift)
        | RequantizationRounding.TwiceGemmlowp ->
            int64 (FixedPoint.multiplyByQuantizedMultiplier (int accumulator) q.Normalised q.Exponent)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            FixedPoint.multiplyByQuantizedMultiplier64 accumulator q.Normalised q.Exponent
        | RequantizationRounding.SingleTiesToEven -> single accumulator q.Factor q.Clamp

    /// Qc from P + Qb: requantized, the zero point added, saturated.
    let output (layer: IntegerLayer) (q: RequantizationConstants) (accumulator: int64) : int64 =
        let range = layer.OutputRange
        Math.Clamp(rounded q accumulator + int64 layer.OutputOffset, range.Low, range.High)
