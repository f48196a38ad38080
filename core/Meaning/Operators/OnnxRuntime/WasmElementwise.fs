namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// The sum and the product of two stored numbers as ONNX Runtime computes them in WebAssembly: of real numbers in float32,
/// held in the type before the zero point is added, and rounded then.
[<RequireQualifiedAccess>]
module WasmElementwise =

    let private store (output: Storage) (real: float32) =
        let low = float32 (output.Lowest - output.ZeroPoint)
        let high = float32 (output.Highest - output.ZeroPoint)
        Storage.saturate output (Math.Clamp(real / output.Step, low, high) + float32 output.ZeroPoint)

    /// QLinearAdd.
    let add (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        fun x y -> store sum (Storage.dequantize a x + Storage.dequantize b y)

    /// QLinearMul.
    let multiply (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        fun x y -> store product (Storage.dequantize a x * Storage.dequantize b y)
