namespace QuantFunctional.FSharp

open QuantFunctional

/// Means of stored numbers as ONNX Runtime's integer kernels compute them.
[<RequireQualifiedAccess>]
module OnnxRuntimePools =

    /// QLinearAveragePool: the mean of dequantized numbers in float32, in row order.
    let average
        (storage: Storage)
        (output: Storage)
        (countPadding: bool)
        (placement: KernelPlacement)
        (input: IntegerTensor)
        : IntegerTensor =
        let mean (inside: int array) padding =
            let sum =
                Array.fold (fun sum stored -> sum + Storage.dequantize storage stored) 0.0f inside

            let count =
                if countPadding then
                    inside.Length + padding
                else
                    inside.Length

            Storage.saturate output (sum / float32 count / output.Step + float32 output.ZeroPoint)

        Pools.overWindows placement mean input

    /// QLinearGlobalAveragePool of one plane: an exact sum, and one factor in float32. A sum beyond int32 is an
    /// OverflowException.
    let globalAverage (storage: Storage) (output: Storage) (plane: int array) : int =
        let count = plane.Length

        let sum =
            Checked.int (Array.sumBy int64 plane - int64 storage.ZeroPoint * int64 count)

        let factor = storage.Step / (output.Step * float32 count)
        Storage.ofSteps output (float32 sum * factor)
