namespace QuantFunctional

open System.Collections.Immutable

[<NoComparison>]
type WeightOnlyLayer =
    {
        request: WeightOnlyRequest
        shape: WeightShape
        weights: ImmutableArray<sbyte>
        steps: ImmutableArray<float>
        bias: ImmutableArray<float>
    }

    member l.Request = l.request
    member l.Shape = l.shape
    member l.Weights = l.weights
    member l.Steps = l.steps
    member l.Bias = l.bias

    member l.GroupSize =
        match l.request.Granularity with
        | WeightGranularity.PerGroup size -> min size l.shape.WeightsPerChannel
        | _ -> l.shape.WeightsPerChannel

    member l.GroupsPerChannel = (l.shape.WeightsPerChannel - 1) / l.GroupSize + 1

    member l.StepOf(channel: int, weight: int) =
        match l.request.Granularity with
        | WeightGranularity.PerTensor -> l.steps[0]
        | _ -> l.steps[channel * l.GroupsPerChannel + weight / l.GroupSize]

    member l.VanishedChannels =
        let shape, weights = l.shape, l.weights

        let isZero channel =
            Seq.forall
                (fun weight -> weights[shape.Index(channel, weight / shape.Positions, weight % shape.Positions)] = 0y)
                (seq { 0 .. shape.WeightsPerChannel - 1 })

        ImmutableArray.CreateRange(Seq.filter isZero (seq { 0 .. shape.Channels - 1 }))

    override l.ToString() = $"weights {l.shape}, {l.request}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

[<RequireQualifiedAccess>]
module WeightOnly =

    /// Every weight once, roughly in the order of memory: its value, its index, and the slot of its step.
    let inline private forEach
        (layer: WeightOnlyLayer)
        (values: ReadOnlySpan<'T>)
        ([<InlineIfLambda>] visit: 'T -> int -> int -> unit)
        : unit =
        let shape = layer.Shape
        let inputs, positions, channels = shape.Inputs, shape.Positions, shape.Channels
        // an index is a channel's first one and so many strides
        let firsts = Array.init channels (fun channel -> shape.Index(channel, 0, 0))
        let inputStride, positionStride = shape.Index(0, 1, 0), shape.Index(0, 0, 1)
        let groupSize, groups = layer.GroupSize, layer.GroupsPerChannel

        if shape.IsInterleaved then
            for input in 0 .. inputs - 1 do
                for position in 0 .. positions - 1 do
                    let inside = input * inputStride + position * positionStride
                    let group = (input * positions + position) / groupSize

                    for channel in 0 .. channels - 1 do
                        let index = firsts[channel] + inside
                        visit values[index] index (channel * groups + group)
        else
            for channel in 0 .. channels - 1 do
                for input in 0 .. inputs - 1 do
                    for position in 0 .. positions - 1 do
                        let inside = input * inputStride + position * positionStride
                        let group = (input * positions + position) / groupSize
                        let index = firsts[channel] + inside
                        visit values[index] index (channel * groups + group)

    let private blank request (shape: WeightShape) =
        {
            request = request
            shape = shape
            weights = ImmutableArray.Empty
            steps = ImmutableArray.Empty
            bias = ImmutableArray.Empty
        }

    let private slots (layer: WeightOnlyLayer) =
        layer.Shape.Channels * layer.GroupsPerChannel

    /// One entry for each slot, also where all share one step.
    let private spread (layer: WeightOnlyLayer) (values: float array) =
        match layer.Request.Granularity with
        | WeightGranularity.PerTensor -> Array.replicate (slots layer) values[0]
        | _ -> values

    let private firstNotFinite (values: ReadOnlySpan<float32>) =
        let mutable index = 0

        while index < values.Length && Single.IsFinite values[index] do
            index <- index + 1

        index

    let private refuse request (weights: WeightView) (bias: ReadOnlyMemory<float32>) =
        let weight = firstNotFinite weights.Data.Span
        let channel = firstNotFinite bias.Span

        match request.Granularity with
        | WeightGranularity.PerGroup size when size < 1 -> Error(Refusal.GroupSizeBelowOne size)
        | _ when bias.Length <> 0 && bias.Length <> weights.Channels ->
            Error(Refusal.BiasLength(bias.Length, weights.Channels))
        | _ when weight < weights.Data.Length ->
            Error(Refusal.WeightNotFinite(weight, RealText.ofSingle (weights.Data.Span[weight])))
        | _ when channel < bias.Length -> Error(Refusal.BiasNotFinite(channel, RealText.ofSingle (bias.Span[channel])))
        | _ -> Ok()

    /// Sw for each step, 0 where nothing is left of the weights.
    let private scales (layer: WeightOnlyLayer) (data: ReadOnlyMemory<float32>) =
        let request = layer.Request
        let largest = Array.zeroCreate<float32>(slots layer)

        forEach layer data.Span (fun value _ slot -> largest[slot] <- Single.Max(largest[slot], abs value))

        let together =
            match request.Granularity with
            | WeightGranularity.PerTensor -> [| Array.max largest |]
            | _ -> largest

        together |> Array.map (float >> WeightScales.ofLargest request.Steps request.Type.Bits)

    let private quantize (layer: WeightOnlyLayer) (scales: float array) (data: ReadOnlyMemory<float32>) =
        let values = Array.zeroCreate<sbyte> data.Length
        let most = float (WeightScales.largestInteger layer.Request.Type.Bits)
        let scales = spread layer scales

        forEach layer data.Span (fun value index slot ->
            let rounded = Math.Round(float value * scales[slot])
            values[index] <- sbyte (Math.Clamp(rounded, -most, most)))

        ImmutableCollectionsMarshal.AsImmutableArray values

    let plan
        (request: WeightOnlyRequest)
        (weights: WeightView)
        (bias: ReadOnlyMemory<float32>)
        : Result<WeightOnlyLayer, Refusal> =
        refuse request weights bias
        |> Result.map (fun () ->
            let layer = blank request weights.Shape
            let scales = scales layer weights.Data

            let biasScale channel =
                match request.Granularity with
                | WeightGranularity.PerGroup _ -> 1.0
                | WeightGranularity.PerTensor -> scales[0]
                | WeightGranularity.PerChannel -> scales[channel]

            let added channel (real: float32) =
                let scale = biasScale channel
                if scale = 0.0 then float real else float real * scale

            let step scale =
                if scale = 0.0 then
                    1.0
                else
                    Encoding.storedStep request.Steps scale

            { layer with
                weights = quantize layer scales weights.Data
                steps = ImmutableArray.CreateRange(Seq.map step scales)
                bias = ImmutableArray.CreateRange(Seq.mapi added (bias.ToArray()))
            })

    let private isStep format step =
        match format with
        | StepFormat.Float64 -> step > 0.0 && Double.IsFinite step
        | StepFormat.Float32 -> Single.IsNormal(float32 step) && step > 0.0 && Numbers.toSingle step = step

    let ofParts
        (request: WeightOnlyRequest)
        (shape: WeightShape)
        (weights: ImmutableArray<sbyte>)
        (steps: ImmutableArray<float>)
        (bias: ImmutableArray<float>)
        : Result<WeightOnlyLayer, Refusal> =
        let most = sbyte (WeightScales.largestInteger request.Type.Bits)
        let layer = blank request shape

        let refuse what = Error(Refusal.WeightOnlyNotFit what)

        match request.Granularity with
        | WeightGranularity.PerGroup size when size < 1 -> Error(Refusal.GroupSizeBelowOne size)
        | granularity ->
            let needed =
                if granularity = WeightGranularity.PerTensor then
                    1
                else
                    slots layer

            if weights.Length <> shape.Count then
                Error(Refusal.WeightCount(shape.Sizes, weights.Length))
            elif weights |> Seq.exists (fun value -> value > most || value < -most) then
                refuse $"a weight does not lie in -{most} .. {most}, the values of {request.Type.Name}"
            elif steps.Length <> needed then
                refuse $"there are {steps.Length} steps where {needed} are needed"
            elif not (Seq.forall (isStep request.Steps) steps) then
                refuse "a step is not a positive number as its format holds them"
            elif bias.Length <> 0 && bias.Length <> shape.Channels then
                Error(Refusal.BiasLength(bias.Length, shape.Channels))
            elif not (Seq.forall Double.IsFinite bias) then
                refuse "a bias is not finite"
            else
                Ok
                    { layer with
                        weights = weights
                        steps = steps
                        bias = bias
                    }

    let fakeQuantized (layer: WeightOnlyLayer) : float32 array =
        let values = Array.zeroCreate<float32> layer.Weights.Length
        let steps = spread layer (Seq.toArray layer.Steps)

        forEach layer (layer.Weights.AsSpan()) (fun integer index slot ->
            let value = float integer * steps[slot]
            // half a step above the largest float32 is not infinity
            values[index] <- float32 (Math.Clamp(value, -Numbers.largestSingle, Numbers.largestSingle)))

        values
