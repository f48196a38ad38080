namespace QuantFunctional.FSharp

open QuantFunctional

/// Weights as pairs, in the order in which the kernels read them.
[<RequireQualifiedAccess>]
module internal PackedWeights =

    let private pair (even: int) (odd: int) = (even &&& 0xFFFF) ||| (odd <<< 16)

    let private ceiling count size = (count + size - 1) / size

    /// How many pairs of input channels there are; the last one may be half empty.
    let inputPairs (shape: WeightShape) : int = ceiling shape.Inputs 2

    let private weightPair (layer: IntegerLayer) channel input position =
        let shape = layer.Shape

        let weight input =
            if input < shape.Inputs then
                int layer.Weights[shape.Index(channel, input, position)]
            else
                0

        pair (weight input) (weight (input + 1))

    /// How many tiles' channels a group has; the last one may be partly empty.
    let blocks (shape: WeightShape) : int =
        ceiling (shape.Channels / shape.Groups) PairKernels.Channels

    /// By group, by four channels, by pair of input channels, by kernel position: four weights.
    let tiles (layer: IntegerLayer) : int array =
        let shape = layer.Shape
        let perGroup, positions = shape.Channels / shape.Groups, shape.Positions

        [|
            for group in 0 .. shape.Groups - 1 do
                for block in 0 .. blocks shape - 1 do
                    for input in 0..2 .. shape.Inputs - 1 do
                        for position in 0 .. positions - 1 do
                            for lane in 0 .. PairKernels.Channels - 1 do
                                let channel = block * PairKernels.Channels + lane

                                if channel < perGroup then
                                    weightPair layer (group * perGroup + channel) input position
                                else
                                    0
        |]

    /// The pairs of a row of a product, a multiple of the longest vector's.
    let rowPairs (shape: WeightShape) : int = ceiling (inputPairs shape) 16 * 16

    /// One row for each channel; as many channels as full tiles have.
    let rows (layer: IntegerLayer) : int array =
        let shape = layer.Shape
        let pairs = rowPairs shape
        let rows = Array.zeroCreate (blocks shape * PairKernels.Channels * pairs)

        for channel in 0 .. shape.Channels - 1 do
            for p in 0 .. inputPairs shape - 1 do
                rows[channel * pairs + p] <- weightPair layer channel (2 * p) 0

        rows
