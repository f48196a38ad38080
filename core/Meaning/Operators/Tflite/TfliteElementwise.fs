namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// TFLite's ADD and MUL of two stored numbers (reference/integer_ops/add.h, mul.h).
[<RequireQualifiedAccess>]
module TfliteElementwise =

    // how far the operands are shifted left, so that scaling them loses little: 20 bits with 8-bit operands, 15 with 16-bit ones
    let private room (storage: Storage) =
        if storage.Highest - storage.Lowest > 255 then 15 else 20

    /// ADD: both operands in half steps of the coarser one, shifted left; the sum is scaled to the output. None where the
    /// output is so fine that its factor reaches 1, which TFLite refuses.
    let add (rounding: RequantizationRounding) (a: Storage) (b: Storage) (sum: Storage) : (int -> int -> int) option =
        let left = room a
        let twiceCoarser = float (2.0f * MathF.Max(a.Step, b.Step))
        let ofA = TfliteFactor.ofReal (float a.Step / twiceCoarser)
        let ofB = TfliteFactor.ofReal (float b.Step / twiceCoarser)

        let ofSum =
            TfliteFactor.ofReal (twiceCoarser / float (float32 (1 <<< left) * sum.Step))

        if ofSum.Exponent > 0 || ofSum.Multiplier = 0 then
            None
        else
            let scale = TfliteFactor.multiply rounding

            Some(fun x y ->
                let scaledA = scale ofA ((x - a.ZeroPoint) <<< left)
                let scaledB = scale ofB ((y - b.ZeroPoint) <<< left)
                TfliteFactor.store sum (scale ofSum (scaledA + scaledB)))

    /// MUL.
    let multiply (rounding: RequantizationRounding) (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        let factor = TfliteFactor.ofReal (float (a.Step * b.Step / product.Step))

        fun x y ->
            let exact = (x - a.ZeroPoint) * (y - b.ZeroPoint)
            TfliteFactor.store product (TfliteFactor.multiply rounding factor exact)
