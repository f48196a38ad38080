namespace QuantFunctional.Proofs

open System
open System.Collections.Immutable
open System.Numerics
open System.Threading.Tasks
open QuantFunctional
open QuantFunctional.FSharp

/// What a layer showed.
type LayerTightness =
    {
        Path: string
        Profile: string
        Precision: string
        Seed: int
        InputsPerOutput: int
        /// Random inputs of the layer, and those that were searched for.
        Random: int
        Searched: int
        /// Outputs that do not saturate, of all its channels.
        Outputs: int64
        /// The largest error over the bound, of its channels the one where that is largest.
        RandomRatio: float
        Ratio: float
        Violations: int64
    }

/// Runs planned layers and measures how near their errors come to the certified bound.
[<RequireQualifiedAccess>]
module Tightness =

    [<NoComparison>]
    type Options =
        {
            Layers: int
            Inputs: int
            Seed: int
            Threads: int
        }

    let private weightsOf (layer: IntegerLayer) (channel: int) =
        [|
            for input in 0 .. layer.Shape.Inputs - 1 do
                for position in 0 .. layer.Shape.Positions - 1 do
                    int layer.Weights[layer.Shape.Index(channel, input, position)]
        |]

    /// What some inputs showed of a layer, by channel.
    [<NoComparison; NoEquality>]
    type private Seen =
        {
            Largest: BigInteger array
            Outputs: int64 array
            Violations: int64 array
        }

    let private nothing (channels: int) : Seen =
        {
            Largest = Array.create channels BigInteger.Zero
            Outputs = Array.zeroCreate channels
            Violations = Array.zeroCreate channels
        }

    /// Runs some inputs through the executor and adds what they show.
    let private look
        (layer: IntegerLayer)
        (weights: int array array)
        (measures: Measure array)
        (seen: Seen)
        (inputs: int array array)
        =
        let tensor =
            {
                Sizes = ImmutableArray.Create(inputs.Length, inputs[0].Length)
                Values = ImmutableArray.Create<int>(Array.concat inputs)
            }

        match Executor.run layer tensor with
        | Error fault -> invalidOp fault.Message
        | Ok execution ->
            let zero = layer.Input.ZeroPoint

            for sample in 0 .. inputs.Length - 1 do
                for channel in 0 .. measures.Length - 1 do
                    let output = int64 execution.Output.Values[sample * measures.Length + channel]

                    if output > layer.OutputRange.Low && output < layer.OutputRange.High then
                        let own, values = weights[channel], inputs[sample]
                        let mutable sum = 0L

                        for index in 0 .. own.Length - 1 do
                            sum <- sum + int64 (values[index] - zero) * int64 own[index]

                        let measure = measures[channel]
                        let steps = output - int64 layer.Output.ZeroPoint
                        let distance = BigInteger.Abs(Measure.error measure steps sum)
                        seen.Outputs[channel] <- seen.Outputs[channel] + 1L

                        if distance > seen.Largest[channel] then
                            seen.Largest[channel] <- distance

                        if distance > measure.Bound then
                            seen.Violations[channel] <- seen.Violations[channel] + 1L

    let private batch = 256

    /// Uniform over the whole type, or over a part of it.
    let private draw (random: Random) (whole: Interval) (length: int) : int array =
        let low, high =
            if random.Next 2 = 0 then
                whole.Low, whole.High
            else
                let a, b =
                    random.NextInt64(whole.Low, whole.High + 1L), random.NextInt64(whole.Low, whole.High + 1L)

                min a b, max a b

        Array.init length (fun _ -> int (random.NextInt64(low, high + 1L)))

    /// The first layer from a seed on that there is a plan for, whose channels are all live.
    let rec private planned (target: Target) (seed: int) : int * QuantizedLayer =
        let request, layer = Layers.make target seed

        match Pipeline.plan request layer with
        | Ok planned when Seq.forall (fun scale -> scale > 0.0) planned.Plan.WeightScale.Values -> seed, planned
        | _ -> planned target (seed + 1)

    let private ofLayer (target: Target) (seed: int) (count: int) : LayerTightness =
        let seed, planned = planned target seed
        let layer = planned.Integers
        let bounds = (Certificate.ofLayer planned.Plan.WeightScale layer).ErrorBounds
        let channels = layer.Shape.Channels
        let weights = Array.init channels (weightsOf layer)

        let measures =
            Array.init channels (fun channel -> Measure.ofChannel planned bounds[channel] channel)

        let random = Random seed
        let length = weights[0].Length
        let drawn, searched = nothing channels, nothing channels

        for first in 0..batch .. count - 1 do
            Array.init (min batch (count - first)) (fun _ -> draw random layer.InputRange length)
            |> look layer weights measures drawn

        let found =
            [|
                for channel in 0 .. channels - 1 do
                    yield! Search.inputs random planned channel weights[channel]
            |]

        if found.Length > 0 then
            look layer weights measures searched found

        let ratio (seen: Seen) =
            Array.map2 Measure.ratio measures seen.Largest |> Array.max

        {
            Path = layer.Path.Name
            Profile = layer.Profile.Name
            Precision = planned.Precision.Name
            Seed = seed
            InputsPerOutput = length
            Random = count
            Searched = found.Length
            Outputs = Array.sum drawn.Outputs + Array.sum searched.Outputs
            RandomRatio = ratio drawn
            Ratio = max (ratio drawn) (ratio searched)
            Violations = Array.sum drawn.Violations + Array.sum searched.Violations
        }

    let run (options: Options) : LayerTightness array =
        let each = (options.Inputs + options.Layers - 1) / options.Layers

        let work =
            [|
                for path in [ ActivationPath.Int8; ActivationPath.Int15; ActivationPath.Int16 ] do
                    let targets = Layers.targets path

                    for index in 0 .. options.Layers - 1 do
                        targets[index % targets.Length], options.Seed * 1_000_000 + index * 1_000
            |]

        let results = Array.zeroCreate<LayerTightness> work.Length

        Progress.during "layers" work.Length (fun report ->
            let body index =
                let target, seed = work[index]
                results[index] <- ofLayer target seed each
                report 1L

            Parallel.For(0, work.Length, ParallelOptions(MaxDegreeOfParallelism = options.Threads), body)
            |> ignore)

        results
