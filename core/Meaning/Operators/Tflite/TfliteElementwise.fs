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
        let factor = TfliteFactor.ofReal (float Int32.MaxValue) // below 1, then: no bit is left to shift
        let scale = TfliteFactor.multiply rounding

        match
            factor (float a.Step / twiceCoarser),
            factor (float b.Step / twiceCoarser),
            factor (twiceCoarser / float (float32 (1 <<< left) * sum.Step))
        with
        | Some ofA, Some ofB, Some ofSum ->
            Some(fun x y ->
                let scaledA = scale ofA ((x - a.ZeroPoint) <<< left)
                let scaledB = scale ofB ((y - b.ZeroPoint) <<< left)
                TfliteFactor.store sum (scale ofSum (scaledA + scaledB)))
        | _ -> None

    /// MUL. None where the output is too fine for its factor.
    let multiply
        (rounding: RequantizationRounding)
        (a: Storage)
        (b: Storage)
        (product: Storage)
        : (int -> int -> int) option =
        let largest = TfliteFactor.farthest a * TfliteFactor.farthest b

        TfliteFactor.ofReal largest (float (a.Step * b.Step / product.Step))
        |> Option.map (fun factor x y ->
            let exact = (x - a.ZeroPoint) * (y - b.ZeroPoint)
            TfliteFactor.store product (TfliteFactor.multiply rounding factor exact))
