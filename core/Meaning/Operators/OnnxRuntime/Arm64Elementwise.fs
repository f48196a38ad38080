namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// The sum and the product of two stored numbers as ONNX Runtime computes them on ARM64.
[<RequireQualifiedAccess>]
module Arm64Elementwise =

    let private multiplierBits = 22
    let private smallestRatio = MathF.ScaleB(1.0f, -14)
    let private largestRatio = 256.0f
    let private lowestShift, highestShift = 13, 31

    // both ratios as integers of one shift, the larger with 22 bits; none where they leave what the kernel holds
    let private multipliers (ratioA: float32) (ratioB: float32) =
        let isHeld ratio =
            ratio >= smallestRatio && ratio < largestRatio

        if not (isHeld ratioA && isHeld ratioB) then
            ValueNone
        else
            let shift = multiplierBits - 1 - Math.ILogB(float (max ratioA ratioB))

            let whole (ratio: float32) =
                int64 (Numbers.roundHalfEven (Numbers.scalePow2 shift (float ratio)))

            let ofA, ofB = whole ratioA, whole ratioB

            if shift < lowestShift || shift > highestShift || max ofA ofB >= (1L <<< multiplierBits) then
                ValueNone
            else
                ValueSome struct (ofA, ofB, shift)

    let private shiftAwayFromZero (shift: int) (x: int64) =
        let rounded = (abs x + (1L <<< (shift - 1))) >>> shift
        if x < 0L then -rounded else rounded

    /// QLinearAdd: multipliers of 22 bits and a rounding shift, ties away from zero, before the zero point is added. Ratios
    /// of the steps that the multipliers do not hold run as in WebAssembly.
    let add (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        match multipliers (a.Step / sum.Step) (b.Step / sum.Step) with
        | ValueNone -> WasmElementwise.add a b sum
        | ValueSome struct (ofA, ofB, shift) ->
            fun x y ->
                let product = ofA * int64 (x - a.ZeroPoint) + ofB * int64 (y - b.ZeroPoint)
                let steps = shiftAwayFromZero shift product + int64 sum.ZeroPoint
                int (Math.Clamp(steps, int64 sum.Lowest, int64 sum.Highest))

    /// QLinearMul: that of x64 with the factor and the zero point in one fused multiply-add.
    let multiply (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        let factor = a.Step * b.Step / product.Step
        let offset = float32 product.ZeroPoint

        fun x y ->
            let exact = (x - a.ZeroPoint) * (y - b.ZeroPoint)
            Storage.saturate product (MathF.FusedMultiplyAdd(float32 exact, factor, offset))
