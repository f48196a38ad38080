namespace QuantFunctional.FSharp

open QuantFunctional

/// The sum and the product of two stored numbers as the standard reads them: DequantizeLinear, the operator on real numbers
/// in float32, QuantizeLinear.
[<RequireQualifiedAccess>]
module UnfusedElementwise =

    /// Add.
    let add (a: Storage) (b: Storage) (sum: Storage) : int -> int -> int =
        fun x y -> Storage.quantize sum (Storage.dequantize a x + Storage.dequantize b y)

    /// Mul.
    let multiply (a: Storage) (b: Storage) (product: Storage) : int -> int -> int =
        fun x y -> Storage.quantize product (Storage.dequantize a x * Storage.dequantize b y)
