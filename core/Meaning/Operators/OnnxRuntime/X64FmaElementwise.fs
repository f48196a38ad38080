namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// The sum and the product of two stored numbers as ONNX Runtime computes them on x64 with fused multiply-adds, which
/// every processor with AVX2 has: in float32, with the zero point added before the rounding.
[<RequireQualifiedAccess>]
module X64FmaElementwise =

    /// QLinearAdd. Adding the zero points before rounding turns ties the other way where the output's is odd. The operands
    /// are not alike: the first is added last.
    let add (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        let ratioA, ratioB = a.Step / sum.Step, b.Step / sum.Step
        let fused (x: float32) y z = MathF.FusedMultiplyAdd(x, y, z)

        let constant =
            float32 sum.ZeroPoint - fused ratioA (float32 a.ZeroPoint) (ratioB * float32 b.ZeroPoint)

        fun x y -> Storage.saturate sum (fused (float32 x) ratioA (fused (float32 y) ratioB constant))

    /// QLinearMul, which fuses nothing.
    let multiply (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        let factor = a.Step * b.Step / product.Step
        let offset = float32 product.ZeroPoint

        fun x y ->
            let exact = (x - a.ZeroPoint) * (y - b.ZeroPoint)
            Storage.saturate product (float32 exact * factor + offset)
