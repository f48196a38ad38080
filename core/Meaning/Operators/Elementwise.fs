namespace QuantFunctional.FSharp

open QuantFunctional

/// The sum and the product of two stored numbers as ONNX Runtime's QLinearAdd and QLinearMul compute them: in float32,
/// with the zero point added before the rounding.
[<RequireQualifiedAccess>]
module Elementwise =

    /// QLinearAdd. Adding the zero points before rounding turns ties the other way where the output's is odd.
    let add (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        let ratioA, ratioB = a.Step / sum.Step, b.Step / sum.Step

        let constant =
            float32 sum.ZeroPoint - (ratioA * float32 a.ZeroPoint + ratioB * float32 b.ZeroPoint)

        fun x y -> Storage.saturate sum ((constant + float32 x * ratioA) + float32 y * ratioB)

    /// QLinearMul.
    let multiply (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        let factor = a.Step * b.Step / product.Step
        let offset = float32 product.ZeroPoint

        fun x y ->
            let exact = (x - a.ZeroPoint) * (y - b.ZeroPoint)
            Storage.saturate product (float32 exact * factor + offset)
