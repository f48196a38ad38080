namespace QuantFunctional.FSharp

open QuantFunctional

/// How many channels share an int32 of the vector loops.
[<RequireQualifiedAccess; NoComparison>]
type internal LaneForm =
    /// Two, each an int16.
    | Pairs
    /// Four: inputs as unsigned bytes, weights as signed ones.
    | Quads
    /// One; two products that the kernel adds in 16 bits come together when they are multiplied, each an int16.
    | Neighbours

    member f.Channels =
        match f with
        | Pairs -> 2
        | Quads -> 4
        | Neighbours -> 1

/// Weights as pairs or quads, in the order in which the kernels read them.
[<RequireQualifiedAccess>]
module internal PackedWeights =

    let private ceiling count size = (count + size - 1) / size

    /// How many pairs or quads of input channels there are; the last one may be partly empty.
    let lanes (form: LaneForm) (shape: WeightShape) : int = ceiling shape.Inputs form.Channels

    /// The weights of a channel at a position that meet so many inputs from one on; none beyond the last.
    let private lane (form: LaneForm) (layer: IntegerLayer) channel input position : int =
        let shape = layer.Shape
        let bits = 32 / form.Channels
        let mask = (1 <<< bits) - 1
        let mutable packed = 0

        for i in 0 .. min form.Channels (shape.Inputs - input) - 1 do
            let weight = int layer.Weights[shape.Index(channel, input + i, position)]
            packed <- packed ||| ((weight &&& mask) <<< i * bits)

        packed

    /// How many tiles' channels a group has; the last one may be partly empty.
    let blocks (shape: WeightShape) : int =
        ceiling (shape.Channels / shape.Groups) PairKernels.Channels

    /// How many int32 of weights a channel has.
    let steps (form: LaneForm) (shape: WeightShape) : int =
        match form with
        | LaneForm.Pairs
        | LaneForm.Quads -> lanes form shape * shape.Positions
        | LaneForm.Neighbours -> ceiling (PairOrder.products shape) 2

    /// Two neighbouring weights of a channel in the kernel's order; an odd last one stands alone.
    let private neighbours (layer: IntegerLayer) channel (step: int) : int =
        let weight product =
            if product < PairOrder.products layer.Shape then
                int layer.Weights[PairOrder.index layer.Shape channel product]
            else
                0

        (weight (2 * step) &&& 0xFFFF) ||| (weight (2 * step + 1) <<< 16)

    let private step (form: LaneForm) (layer: IntegerLayer) channel (step: int) : int =
        match form with
        | LaneForm.Pairs
        | LaneForm.Quads ->
            let positions = layer.Shape.Positions
            lane form layer channel (step / positions * form.Channels) (step % positions)
        | LaneForm.Neighbours -> neighbours layer channel step

    /// By group, by four channels, by pair or quad of input channels and kernel position, or by pair of neighbours: four
    /// weights.
    let tiles (form: LaneForm) (layer: IntegerLayer) : int array =
        let shape = layer.Shape
        let perGroup = shape.Channels / shape.Groups

        [|
            for group in 0 .. shape.Groups - 1 do
                for block in 0 .. blocks shape - 1 do
                    for at in 0 .. steps form shape - 1 do
                        for i in 0 .. PairKernels.Channels - 1 do
                            let channel = block * PairKernels.Channels + i

                            if channel < perGroup then
                                step form layer (group * perGroup + channel) at
                            else
                                0
        |]

    /// The pairs of a row of a product, a multiple of the longest vector's.
    let rowPairs (shape: WeightShape) : int =
        ceiling (lanes LaneForm.Pairs shape) 16 * 16

    /// One row of pairs for each channel; as many channels as full tiles have.
    let rows (layer: IntegerLayer) : int array =
        let shape = layer.Shape
        let pairs = rowPairs shape
        let rows = Array.zeroCreate (blocks shape * PairKernels.Channels * pairs)

        for channel in 0 .. shape.Channels - 1 do
            for p in 0 .. lanes LaneForm.Pairs shape - 1 do
                rows[channel * pairs + p] <- lane LaneForm.Pairs layer channel (2 * p) 0

        rows
