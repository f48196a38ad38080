namespace QuantFunctional

open System.Collections.Immutable

/// Where a weight meets the input of its output channel.
[<NoComparison>]
type WeightPlace =
    {
        /// The kernel position, one entry for each axis; empty in a matrix product.
        Position: ImmutableArray<int>
        /// The input channel of the group, or the row of a matrix product.
        Input: int
    }

    /// The place in words.
    member p.Name =
        if p.Position.IsEmpty then
            $"row {p.Input}"
        else
            let position = System.String.Join(',', p.Position)
            $"kernel position {position} of input channel {p.Input}"

    override p.ToString() = p.Name

/// Two neighbouring weights of one output channel whose products 16 bits do not hold together.
[<NoComparison>]
type PairSum =
    {
        Channel: int
        /// The places of the two weights among those of the channel, in the logical order.
        First: int
        Second: int
        FirstPlace: WeightPlace
        SecondPlace: WeightPlace
        FirstWeight: sbyte
        SecondWeight: sbyte
        /// How many weights the channel has.
        Weights: int
    }

    /// The sum of both products at the largest input, which is 255 where the machine multiplies and 127 as stored.
    member p.Value = 255 * (int p.FirstWeight + int p.SecondWeight)

    /// The last sum that 16 bits hold on that side; beyond it the sum saturates.
    member p.Limit =
        if p.Value > 0 then
            int System.Int16.MaxValue
        else
            int System.Int16.MinValue

    /// An input that makes it happen: one stored value for each weight of the channel, in the logical order. All other
    /// products are 0 where the machine multiplies, so that no other pair has a share in what is lost.
    member p.Witness: ImmutableArray<int> =
        let stored index =
            if index = p.First || index = p.Second then 127 else -128

        ImmutableArray.CreateRange(Seq.init p.Weights stored)

    /// The sum as a sentence, with what to do.
    member p.Message =
        $"channel {p.Channel}: the neighbours {p.FirstWeight} ({p.FirstPlace.Name}) and {p.SecondWeight} "
        + $"({p.SecondPlace.Name}) times 255 make {p.Value}, which 16 bits cut to {p.Limit} on x64 without VNNI; "
        + "'quantfn repair' mends a model, and --profile onnxruntime-vnni is enough for one that only ever runs with VNNI"

    override p.ToString() = p.Message

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// The 16-bit pairwise multiply-add of x64 without VNNI: `vpmaddubsw` multiplies unsigned inputs by signed weights and adds
/// two neighbouring products in 16 bits, with saturation. Stored inputs −128..127 are 0..255 there, and the inputs' zero
/// point is taken off the whole sum afterwards.
[<RequireQualifiedAccess>]
module PairSums =

    /// True where the layer must hold all its pairs in 16 bits: some processor that its profile speaks of adds them so.
    let isDemanded (layer: IntegerLayer) : bool = layer.ProductSums <> ProductSums.InFull

    /// The weights of pair k of a channel; an odd last one has no neighbour.
    let private pair (layer: IntegerLayer) (channel: int) (k: int) : struct (sbyte * sbyte) =
        let weight product =
            layer.Weights[PairOrder.index layer.Shape channel product]

        struct (weight (2 * k), weight (2 * k + 1))

    let private pairs (layer: IntegerLayer) =
        seq { 0 .. PairOrder.products layer.Shape / 2 - 1 }

    /// True where some input drives a pair of the channel out of 16 bits.
    let canSaturate (layer: IntegerLayer) (channel: int) : bool =
        pairs layer
        |> Seq.exists (fun k ->
            let struct (first, second) = pair layer channel k
            not (PairOrder.isSafe first second))

    let private place (shape: WeightShape) (product: int) : WeightPlace =
        let kernel = shape.KernelSizes
        let mutable rest = product / shape.Inputs
        let position = Array.zeroCreate<int> kernel.Length

        for axis in kernel.Length - 1 .. -1 .. 0 do
            position[axis] <- rest % kernel[axis]
            rest <- rest / kernel[axis]

        {
            Position = ImmutableArray.Create<int> position
            Input = product % shape.Inputs
        }

    /// The place of a product's weight in the logical order: input channel, then kernel position.
    let private logical (shape: WeightShape) (product: int) : int =
        product % shape.Inputs * shape.Positions + product / shape.Inputs

    /// The pair of a channel that goes farthest beyond 16 bits, if one does; the first one where several are alike. Only
    /// neighbours in the kernel's order count.
    let ofChannel (layer: IntegerLayer) (channel: int) : PairSum voption =
        let shape = layer.Shape
        let mutable worst = ValueNone
        let mutable size = 0

        for k in pairs layer do
            let struct (first, second) = pair layer channel k
            let sum = abs (int first + int second)

            if sum > size && not (PairOrder.isSafe first second) then
                size <- sum

                worst <-
                    ValueSome
                        {
                            Channel = channel
                            First = logical shape (2 * k)
                            Second = logical shape (2 * k + 1)
                            FirstPlace = place shape (2 * k)
                            SecondPlace = place shape (2 * k + 1)
                            FirstWeight = first
                            SecondWeight = second
                            Weights = shape.WeightsPerChannel
                        }

        worst

    /// The worst pair of every channel that has one, where the layer's products are added in pairs.
    let ofLayer (layer: IntegerLayer) : PairSum list =
        if isDemanded layer then
            [
                for channel in 0 .. layer.Shape.Channels - 1 do
                    match ofChannel layer channel with
                    | ValueSome pair -> pair
                    | ValueNone -> ()
            ]
        else
            []
