namespace QuantFunctional.FSharp

open System
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

    /// The steps and integers of weights, which are finite. `size` weights of a channel, counted in their logical order, share a step; where
    /// all do, it is not looked at.
    let round (request: WeightOnlyRequest) (shape: WeightShape) (size: int) (weights: ReadOnlyMemory<float32>) =
        let length = shape.WeightsPerChannel
        let integers = Array.zeroCreate<sbyte> shape.Count
        let places = WeightPlaces.ofShape shape

        /// Rounds some values in their place, and says with which step.
        let roundTogether (values: float array) (first: int) (count: int) =
            let values = Span(values, first, count)
            let step = StepSearch.find request (Span.op_Implicit values)
            let struct (low, high) = StepSearch.limits request step
            RoundingError.round values step.Scale low high (float step.Zero)
            step

        match request.Granularity with
        | WeightGranularity.PerTensor ->
            let values = Array.zeroCreate<float> shape.Count

            for channel in 0 .. shape.Channels - 1 do
                WeightPlaces.gather places channel 0 weights.Span (Span(values, channel * length, length))

            let step = roundTogether values 0 values.Length

            for channel in 0 .. shape.Channels - 1 do
                WeightPlaces.scatter places channel 0 (ReadOnlySpan(values, channel * length, length)) integers

            {
                Found = [| step |]
                Integers = integers
            }
        | _ ->
            let perChannel = (length - 1) / size + 1
            let found = Array.zeroCreate<FoundStep>(shape.Channels * perChannel)

            WeightPlaces.forTiles shape size (fun values channels ->
                for group in 0 .. perChannel - 1 do
                    for channel in channels do
                        let begins = group * size
                        let count = min size (length - begins)
                        WeightPlaces.gather places channel begins weights.Span (Span(values, 0, count))
                        found[channel * perChannel + group] <- roundTogether values 0 count
                        WeightPlaces.scatter places channel begins (ReadOnlySpan(values, 0, count)) integers)

            { Found = found; Integers = integers }
