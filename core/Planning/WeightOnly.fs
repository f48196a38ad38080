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

    let fakeQuantized (layer: WeightOnlyLayer) : float32 array =
        let values = Array.zeroCreate<float32> layer.Weights.Length
        let steps = WeightReals.stepsOf layer.Request (slots layer) layer.Steps
        let zeros = WeightReals.zerosOf layer.Request (slots layer) layer.ZeroPoints
        let groups, size = layer.GroupsPerChannel, layer.GroupSize

        WeightWalk.forEach
            layer.Shape
            0
            layer.Shape.Channels
            (layer.Weights.AsSpan())
            (fun integer index channel weight ->
                let slot = channel * groups + weight / size
                values[index] <- WeightReals.ofInteger integer zeros[slot] steps[slot])

        values
