namespace QuantFunctional.FSharp

open System
open System.Threading.Tasks
open QuantFunctional

/// The steps of a tensor and its integers.
[<NoComparison; NoEquality>]
type internal RoundedWeights =
    {
        /// One for the tensor, each channel, or each group of each channel.
        Found: FoundStep array
        /// In the order of the weights.
        Integers: sbyte array
    }

/// Rounds the weights of a tensor, those that share a step after one another.
[<RequireQualifiedAccess>]
module internal SharedSteps =

    /// So many channels are read at once: where they lie beside each other, a line of memory has their weights.
    let private together = 16

    /// Rows of so many more keep channels of 2^n weights from the same places of the fastest memory.
    let private apart = 8

    /// The steps and integers of weights, which are finite. `size` weights of a channel, counted in their logical order, share a step; where
    /// all do, it is not looked at.
    let round (request: WeightOnlyRequest) (shape: WeightShape) (size: int) (weights: ReadOnlyMemory<float32>) =
        let length = shape.WeightsPerChannel
        let integers = Array.zeroCreate<sbyte> shape.Count

        // channels at once, weights that follow each other, how many of these share a step, and from a channel to the next
        let tile, row, size, stride =
            match request.Granularity with
            | WeightGranularity.PerTensor -> shape.Channels, shape.Count, shape.Count, length
            | _ -> min together shape.Channels, length, size, length + apart

        let perRow = (row - 1) / size + 1
        let found = Array.zeroCreate<FoundStep>(shape.Count / row * perRow)

        let roundTile (reals: float array) (number: int) =
            let first = number * tile
            let count = min tile (shape.Channels - first)

            WeightWalk.forEach shape first count weights.Span (fun value _ channel weight ->
                reals[channel * stride + weight] <- float value)

            for one in 0 .. count * length / row - 1 do
                for group in 0 .. perRow - 1 do
                    let begins = one * stride + group * size
                    let values = Span(reals, begins, min size (row - group * size))
                    let step = StepSearch.find request (Span.op_Implicit values)
                    found[(first + one) * perRow + group] <- step
                    let struct (low, high) = StepSearch.limits request step
                    RoundingError.round values step.Scale low high (float step.Zero)

            WeightWalk.forEach shape first count weights.Span (fun _ index channel weight ->
                integers[index] <- sbyte reals[channel * stride + weight])

        // each tile writes what is its own, so that threads change nothing
        Parallel.For(
            0,
            (shape.Channels - 1) / tile + 1,
            (fun () -> Array.zeroCreate<float>(tile * stride)),
            (fun number (_: ParallelLoopState) reals ->
                roundTile reals number
                reals),
            ignore
        )
        |> ignore

        { Found = found; Integers = integers }
