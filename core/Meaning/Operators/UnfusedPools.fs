namespace QuantFunctional.FSharp

open QuantFunctional

/// Means of stored numbers as the standard reads them: of real numbers in float32, in row order, and stored as
/// QuantizeLinear does it, which rounds before it adds the zero point.
[<RequireQualifiedAccess>]
module UnfusedPools =

    let private mean (storage: Storage) (output: Storage) (count: int) (inside: int array) =
        let sum =
            Array.fold (fun sum stored -> sum + Storage.dequantize storage stored) 0.0f inside

        Storage.quantize output (sum / float32 count)

    /// AveragePool.
    let average
        (storage: Storage)
        (output: Storage)
        (countPadding: bool)
        (placement: KernelPlacement)
        (input: IntegerTensor)
        : IntegerTensor =
        let ofWindow (inside: int array) padding =
            mean
                storage
                output
                (if countPadding then
                     inside.Length + padding
                 else
                     inside.Length)
                inside

        Pools.overWindows placement ofWindow input

    /// GlobalAveragePool of one plane.
    let globalAverage (storage: Storage) (output: Storage) (plane: int array) : int =
        mean storage output plane.Length plane
