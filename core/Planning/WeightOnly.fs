namespace QuantFunctional

open System.Collections.Immutable

[<NoComparison>]
type WeightOnlyLayer =
    {
        request: WeightOnlyRequest
        shape: WeightShape
        weights: ImmutableArray<sbyte>
        steps: ImmutableArray<float>
        zeroPoints: ImmutableArray<sbyte>
        bias: ImmutableArray<float>
    }

    member l.Request = l.request
    member l.Shape = l.shape
    member l.Weights = l.weights
    member l.Steps = l.steps
    member l.ZeroPoints = l.zeroPoints
    member l.Bias = l.bias

    member l.GroupSize =
        match l.request.Granularity with
        | WeightGranularity.PerGroup size -> min size l.shape.WeightsPerChannel
        | _ -> l.shape.WeightsPerChannel

    member l.GroupsPerChannel = (l.shape.WeightsPerChannel - 1) / l.GroupSize + 1

    member private l.Slot(channel: int, weight: int) =
        match l.request.Granularity with
        | WeightGranularity.PerTensor -> 0
        | _ -> channel * l.GroupsPerChannel + weight / l.GroupSize

    member l.StepOf(channel: int, weight: int) = l.steps[l.Slot(channel, weight)]

    member l.ZeroPointOf(channel: int, weight: int) =
        if l.zeroPoints.IsEmpty then
            0y
        else
            l.zeroPoints[l.Slot(channel, weight)]

    member l.VanishedChannels =
        let shape, weights = l.shape, l.weights

        let isZero channel =
            Seq.forall
                (fun weight ->
                    weights[shape.Index(channel, weight / shape.Positions, weight % shape.Positions)] =
                        l.ZeroPointOf(channel, weight))
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

    let private blank request (shape: WeightShape) =
        {
            request = request
            shape = shape
            weights = ImmutableArray.Empty
            steps = ImmutableArray.Empty
            zeroPoints = ImmutableArray.Empty
            bias = ImmutableArray.Empty
        }

    let private slots (layer: WeightOnlyLayer) =
        layer.Shape.Channels * layer.GroupsPerChannel

    /// One entry for each slot, also where all share one step.
    let private spread (layer: WeightOnlyLayer) (values: 'T seq) : 'T array =
        match layer.Request.Granularity with
        | WeightGranularity.PerTensor -> Array.replicate (slots layer) (Seq.head values)
        | _ -> Seq.toArray values

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

    let plan
        (request: WeightOnlyRequest)
        (weights: WeightView)
        (bias: ReadOnlyMemory<float32>)
        : Result<WeightOnlyLayer, Refusal> =
        refuse request weights bias
        |> Result.map (fun () ->
            let layer = blank request weights.Shape
            let rounded = SharedSteps.round request weights.Shape layer.GroupSize weights.Data

            let biasScale channel =
                match request.Granularity with
                | WeightGranularity.PerGroup _ -> 1.0
                | WeightGranularity.PerTensor -> rounded.Found[0].Scale
                | WeightGranularity.PerChannel -> rounded.Found[channel].Scale

            let added channel (real: float32) =
                let scale = biasScale channel
                if scale = 0.0 then float real else float real * scale

            { layer with
                weights = ImmutableCollectionsMarshal.AsImmutableArray rounded.Integers
                steps = ImmutableArray.CreateRange(rounded.Found |> Seq.map _.Step)
                zeroPoints =
                    if request.Type.HasZeroPoints then
                        ImmutableArray.CreateRange(rounded.Found |> Seq.map (fun found -> sbyte found.Zero))
                    else
                        ImmutableArray.Empty
                bias = ImmutableArray.CreateRange(Seq.mapi added (bias.ToArray()))
            })

    let private isStep (request: WeightOnlyRequest) (step: float) =
        let mayBeNegative =
            match request.Rule with
            | StepRule.Searched -> not request.Type.HasZeroPoints
            | StepRule.Largest -> false

        StepSearch.holds request.Steps step && (step > 0.0 || mayBeNegative)

    let ofParts
        (request: WeightOnlyRequest)
        (shape: WeightShape)
        (weights: ImmutableArray<sbyte>)
        (steps: ImmutableArray<float>)
        (zeroPoints: ImmutableArray<sbyte>)
        (bias: ImmutableArray<float>)
        : Result<WeightOnlyLayer, Refusal> =
        let lowest, highest = request.Lowest, request.Highest

        let isOutside (value: sbyte) =
            int value < lowest || int value > highest

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
            elif Seq.exists isOutside weights then
                refuse $"a weight does not lie in {lowest} .. {highest}, the values of {request}"
            elif steps.Length <> needed then
                refuse $"there are {steps.Length} steps where {needed} are needed"
            elif not (Seq.forall (isStep request) steps) then
                refuse
                    "a step is not a number above 0 as its format holds them, or below 0 where it is searched without zero points"
            elif zeroPoints.Length <> 0 && not request.Type.HasZeroPoints then
                refuse
                    $"there are zero points, which {request.Type.Name} does not have; plan for uint4, or leave them out"
            elif zeroPoints.Length <> needed && request.Type.HasZeroPoints then
                refuse $"there are {zeroPoints.Length} zero points where {needed} are needed, one for each step"
            elif Seq.exists isOutside zeroPoints then
                refuse $"a zero point does not lie in {lowest} .. {highest}, so that 0 would not be among the values"
            elif bias.Length <> 0 && bias.Length <> shape.Channels then
                Error(Refusal.BiasLength(bias.Length, shape.Channels))
            elif not (Seq.forall Double.IsFinite bias) then
                refuse "a bias is not finite"
            else
                Ok
                    { layer with
                        weights = weights
                        steps = steps
                        zeroPoints = zeroPoints
                        bias = bias
                    }

    /// What an integer stands for in a file's float32.
    let inline private real (integer: sbyte) (zero: sbyte) (step: float) : float32 =
        // half a step above the largest float32 is not infinity
        float32 (Math.Clamp(float (integer - zero) * step, -Numbers.largestSingle, Numbers.largestSingle))

    /// The zero point of each slot.
    let private zerosOf (layer: WeightOnlyLayer) : sbyte array =
        if layer.ZeroPoints.IsEmpty then
            Array.zeroCreate (slots layer)
        else
            spread layer layer.ZeroPoints

    let fakeQuantized (layer: WeightOnlyLayer) : float32 array =
        let values = Array.zeroCreate<float32> layer.Weights.Length
        let steps, zeros = spread layer layer.Steps, zerosOf layer
        let groups, size = layer.GroupsPerChannel, layer.GroupSize

        WeightWalk.forEach
            layer.Shape
            0
            layer.Shape.Channels
            (layer.Weights.AsSpan())
            (fun integer index channel weight ->
                let slot = channel * groups + weight / size
                values[index] <- real integer zeros[slot] steps[slot])

        values

    let squares (layer: WeightOnlyLayer) (reals: ReadOnlyMemory<float32>) : struct (float * float) =
        let steps, zeros = spread layer layer.Steps, zerosOf layer
        let groups, size, length = layer.GroupsPerChannel, layer.GroupSize, layer.Shape.WeightsPerChannel
        let places = WeightPlaces.ofShape layer.Shape
        let sums = Array.zeroCreate<struct (float * float)> layer.Shape.Channels

        // as they are rounded, so that a line of memory is read once
        WeightPlaces.forTiles layer.Shape size (fun values channels ->
            for group in 0 .. groups - 1 do
                let begins = group * size
                let count = min size (length - begins)

                for channel in channels do
                    let slot = channel * groups + group
                    let integers = layer.Weights.AsSpan()
                    WeightPlaces.gather places channel begins reals.Span (Span(values, 0, count))
                    let struct (signal, noise) = sums[channel]
                    let mutable signal, noise = signal, noise
                    let mutable index = WeightPlaces.indexOf places channel begins

                    for at in 0 .. count - 1 do
                        let error = values[at] - float (real integers[index] zeros[slot] steps[slot])
                        signal <- signal + values[at] * values[at]
                        noise <- noise + error * error
                        index <- WeightPlaces.next places channel (begins + at) index

                    sums[channel] <- struct (signal, noise))

        let mutable signal, noise = 0.0, 0.0

        for struct (square, error) in sums do
            signal <- signal + square
            noise <- noise + error

        struct (signal, noise)
