namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// ONNX Runtime's QLinearSoftmax: exponentials from a table in float32, and a sum in float32 in the order of the axis.
[<RequireQualifiedAccess>]
module OnnxRuntimeSoftmax =

    /// ln(FLT_MAX/n) for a sum of n numbers, rounded to float32 as ONNX Runtime does since 1.16.
    let internal lnOfLargestTerm (count: int) : float32 =
        float32 (Exponential.ln (float (Single.MaxValue / float32 count)))

    /// e^(x − max) for every distance from the largest element, times a number that keeps the sum of so many below
    /// float32's largest.
    let private exponentials (input: Storage) (count: int) : float32 array =
        let step = float input.Step
        let room = float (lnOfLargestTerm count) - 5.0
        let shift = max 0.0 room / step

        Array.init (input.Highest - input.Lowest + 1) (fun distance ->
            float32 (Exponential.exp ((shift - float distance) * step)))

    /// The softmax of one row. The output's step must be at most 1, else its reciprocal has no whole part.
    let ofRow (input: Storage) (output: Storage) (count: int) : int array -> int array =
        let table = exponentials input count
        let levels = MathF.Floor(1.0f / output.Step)

        fun row ->
            let largest = Array.max row
            let values = row |> Array.map (fun stored -> table[largest - stored])
            let sum = Array.fold (+) 0.0f values

            values
            |> Array.map (fun value ->
                let steps = MathF.Round(value * levels / sum, MidpointRounding.ToEven)
                Math.Clamp(int steps + output.ZeroPoint, output.Lowest, output.Highest))
