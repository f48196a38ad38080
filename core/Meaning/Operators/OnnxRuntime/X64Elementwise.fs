namespace QuantFunctional.FSharp

open QuantFunctional

/// The sum of two stored numbers as ONNX Runtime computes it on x64 without fused multiply-adds: every operation is rounded
/// to float32 by itself. Its product is that of x64 with them.
[<RequireQualifiedAccess>]
module X64Elementwise =

    /// QLinearAdd. An operand that is one number for a run of the other is added first; else the first one is.
    let add (secondRepeats: bool) (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        let ratioA, ratioB = a.Step / sum.Step, b.Step / sum.Step

        let constant =
            float32 sum.ZeroPoint - (ratioA * float32 a.ZeroPoint + ratioB * float32 b.ZeroPoint)

        if secondRepeats then
            fun x y -> Storage.saturate sum ((constant + float32 y * ratioB) + float32 x * ratioA)
        else
            fun x y -> Storage.saturate sum ((constant + float32 x * ratioA) + float32 y * ratioB)
