module QuantFunctional.Tests.VectorInputsTests

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// A planned layer with strides and pads, and the smallest input that is chosen for it.
let private moved (random: Random) (q: IntegerLayer) : struct (IntegerLayer * ImmutableArray<int>) =
    let axes = q.Shape.KernelSizes.Length

    let some lowest highest count =
        ImmutableArray.CreateRange(Seq.init count (fun _ -> random.Next(lowest, highest + 1)))

    let layer =
        { q with
            Geometry =
                {
                    Strides = some 1 4 axes
                    Pads = some 0 3 (2 * axes)
                    Dilations = some 1 3 axes
                    IsTransposed = false
                }
        }

    struct (layer, VectorInputs.smallestSizes layer)

let private tensor (layer: IntegerLayer) (sizes: ImmutableArray<int>) (values: ImmutableArray<int>) : IntegerTensor =
    {
        Sizes = ImmutableArray.CreateRange [ 1; layer.Shape.Inputs * layer.Shape.Groups; yield! sizes ]
        Values = values
    }

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P08 a worst case drives the product of its channel to its end, at the place that is named``
    (case: LayerCase)
    (seed: int)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let struct (layer, sizes) = moved (Random seed) planned.Integers
        let place = VectorInputs.worstCasePlace layer sizes
        let places = VectorInputs.outputPlaces layer sizes

        VectorInputs.create layer sizes 0 1UL
        |> Seq.choose (fun vector ->
            match vector.Kind with
            | VectorKind.WorstCase(channel, highest) -> Some(channel, highest, vector.Values)
            | _ -> None)
        |> Seq.map (fun (channel, highest, values) ->
            match Executor.run layer (tensor layer sizes values) with
            | Error fault -> false |> Prop.label fault.Message
            | Ok run ->
                let bound =
                    Bounds.ofChannel layer channel
                    |> List.find (fun bound -> bound.Intermediate = Intermediate.Product)

                let reached = bigint run.Products[channel * int places + place]
                let end' = if highest then bound.Largest else bound.Smallest

                (reached = end' |> Prop.label $"channel {channel}: {reached}, not {end'}")
                .&. (bigint run.Products.Length = places * bigint layer.Shape.Channels |> Prop.label $"{places} places"))
        |> Seq.fold (.&.) (Prop.ofTestable true)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P08 the sums of both halves of an int15 layer are those of the definition`` (case: LayerCase) (seed: uint64) =
    match LayerCase.plan case with
    | Ok planned when planned.Integers.Path = ActivationPath.Int15 ->
        let q = planned.Integers
        let sizes = q.Shape.KernelSizes
        let vector = VectorInputs.create q sizes 1 seed |> Seq.last

        match VectorInputs.halves q (tensor q sizes vector.Values) with
        | Error fault -> false |> Prop.label fault.Message
        | Ok struct (high, low) ->
            [ 0 .. q.Shape.Channels - 1 ]
            |> List.forall (fun channel ->
                let length = q.Shape.WeightsPerChannel
                let first = channel / (q.Shape.Channels / q.Shape.Groups) * length
                let inputs = Array.init length (fun i -> vector.Values[first + i])
                let halves, _ = Tiny.products q channel inputs
                halves[0] = bigint high[channel] && halves[1] = bigint low[channel])
            |> Prop.label "halves"
            |> Prop.classify true "int15"
    | _ -> true |> Prop.classify true "other paths, or refused"
