namespace QuantFunctional.Processors

open System

/// The order in which a kernel takes the products of a convolution.
[<RequireQualifiedAccess>]
type ProductOrder =
    /// The kernel's positions, and for each its input channels.
    | PositionThenChannel
    /// The input channels, and for each the kernel's positions.
    | ChannelThenPosition

/// How products reach the accumulator.
[<RequireQualifiedAccess>]
type Addition =
    | InFull
    /// Neighbours are added in 16 bits with saturation: inputs from 0 times signed weights.
    | Pairs of ProductOrder
    /// As Pairs, with the parts exchanged: weights from 0 times signed inputs.
    | ExchangedPairs of ProductOrder

[<RequireQualifiedAccess>]
module Addition =

    /// All that are tried on a kernel.
    let all: Addition list =
        [
            Addition.InFull
            Addition.Pairs ProductOrder.PositionThenChannel
            Addition.Pairs ProductOrder.ChannelThenPosition
            Addition.ExchangedPairs ProductOrder.PositionThenChannel
            Addition.ExchangedPairs ProductOrder.ChannelThenPosition
        ]

    /// The name in a recording.
    let name (addition: Addition) : string =
        match addition with
        | Addition.InFull -> "inFull"
        | Addition.Pairs ProductOrder.PositionThenChannel -> "pairs"
        | Addition.Pairs ProductOrder.ChannelThenPosition -> "pairsChannelFirst"
        | Addition.ExchangedPairs ProductOrder.PositionThenChannel -> "exchangedPairs"
        | Addition.ExchangedPairs ProductOrder.ChannelThenPosition -> "exchangedPairsChannelFirst"

/// The sums of a layer by definition, which calls nothing of the library.
[<RequireQualifiedAccess>]
module LayerSums =

    let private product (sizes: int list) = List.fold (*) 1 sizes

    /// Every index of an array, the last axis first.
    let rec private indices (sizes: int list) : int list list =
        match sizes with
        | [] -> [ [] ]
        | size :: rest ->
            let inner = indices rest

            [
                for index in 0 .. size - 1 do
                    for tail in inner -> index :: tail
            ]

    let private offset (sizes: int list) (index: int list) : int =
        List.fold2 (fun sum size position -> sum * size + position) 0 sizes index

    /// The sizes of the kernel's output along each axis.
    let outputPlane (layer: Layer) : int list =
        match layer.Operator with
        | LayerOperator.Conv(kernel, strides, dilations, pads, _) ->
            let axes = kernel.Length

            [
                for axis in 0 .. axes - 1 ->
                    let padded = layer.InputSizes[2 + axis] + pads[axis] + pads[axes + axis]
                    (padded - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis] + 1
            ]
        | _ -> []

    /// The sizes of the output.
    let outputSizes (layer: Layer) : int list =
        match layer.Operator with
        | LayerOperator.Conv _ -> layer.InputSizes[0] :: layer.Outputs :: outputPlane layer
        | _ -> List.take (layer.InputSizes.Length - 1) layer.InputSizes @ [ layer.Outputs ]

    let private convolved (layer: Layer) kernel (strides: int list) (dilations: int list) (pads: int list) group order =
        let inChannels = layer.WeightSizes[1]
        let outChannels = layer.Outputs / group
        let positions = indices kernel

        let along =
            match order with
            | ProductOrder.PositionThenChannel ->
                [
                    for position in positions do
                        for channel in 0 .. inChannels - 1 -> position, channel
                ]
            | ProductOrder.ChannelThenPosition ->
                [
                    for channel in 0 .. inChannels - 1 do
                        for position in positions -> position, channel
                ]

        [|
            for index in indices (outputSizes layer) do
                let sample, channel, place = index[0], index[1], List.skip 2 index
                let firstChannel = channel / outChannels * inChannels

                channel,
                [|
                    for position, inChannel in along do
                        let at =
                            List.mapi
                                (fun axis p -> place[axis] * strides[axis] + p * dilations[axis] - pads[axis])
                                position

                        let inside =
                            List.forall2 (fun p size -> p >= 0 && p < size) at (List.skip 2 layer.InputSizes)

                        let input =
                            if inside then
                                layer.Inputs[offset layer.InputSizes (sample :: firstChannel + inChannel :: at)]
                            else
                                layer.InputZero

                        struct (input, layer.Weights[offset layer.WeightSizes (channel :: inChannel :: position)])
                |]
        |]

    let private multiplied (layer: Layer) (transposed: bool) =
        let depth = List.last layer.InputSizes
        let rows = product layer.InputSizes / depth
        // a stack of matrices on both sides: each has its own weights
        let stacks = product layer.WeightSizes / (depth * layer.Outputs)

        [|
            for row in 0 .. rows - 1 do
                let stack = row * stacks / rows

                for column in 0 .. layer.Outputs - 1 do
                    column,
                    [|
                        for k in 0 .. depth - 1 ->
                            let weight =
                                if transposed then
                                    column * depth + k
                                else
                                    (stack * depth + k) * layer.Outputs + column

                            struct (layer.Inputs[row * depth + k], layer.Weights[weight])
                    |]
        |]

    /// For each element of the output its channel and what is multiplied, as stored, in the kernel's order.
    let terms (order: ProductOrder) (layer: Layer) : (int * struct (int * int) array) array =
        match layer.Operator with
        | LayerOperator.Conv(kernel, strides, dilations, pads, group) ->
            convolved layer kernel strides dilations pads group order
        | LayerOperator.MatMul -> multiplied layer false
        | LayerOperator.Gemm transposed -> multiplied layer transposed

    let private saturated (sum: int) = Math.Clamp(sum, -32768, 32767)

    let private full (inputZero: int) (weightZero: int) (terms: struct (int * int) array) =
        terms |> Array.sumBy (fun struct (x, w) -> (x - inputZero) * (w - weightZero))

    /// The difference that saturation makes, which the zero points do not change.
    let private lost (terms: struct (int * int) array) =
        terms
        |> Array.map (fun struct (a, b) -> a * b)
        |> Array.chunkBySize 2
        |> Array.sumBy (fun pair -> saturated (Array.sum pair) - Array.sum pair)

    /// The sum of each element of the output.
    let sums (addition: Addition) (layer: Layer) : int array =
        let order, moved =
            let up signed value = if signed then value + 128 else value
            let down signed value = if signed then value else value - 128

            match addition with
            | Addition.InFull -> ProductOrder.PositionThenChannel, None
            | Addition.Pairs order ->
                order, Some(fun struct (x, w) -> struct (up layer.InputSigned x, down layer.WeightSigned w))
            | Addition.ExchangedPairs order ->
                order, Some(fun struct (x, w) -> struct (down layer.InputSigned x, up layer.WeightSigned w))

        terms order layer
        |> Array.map (fun (channel, terms) ->
            let loss =
                match moved with
                | None -> 0
                | Some move -> lost (Array.map move terms)

            full layer.InputZero (Channelwise.at layer.WeightZeros channel) terms + loss)

    /// What the layer's output is, as stored or real, where its sums are these.
    let outputs (layer: Layer) (sums: int array) : Choice<int array, float32 array> =
        let plane = product (outputPlane layer)

        let channelOf index =
            match layer.Operator with
            | LayerOperator.Conv _ -> index / plane % layer.Outputs
            | _ -> index % layer.Outputs

        let factor index =
            layer.InputStep * Channelwise.at layer.WeightSteps (channelOf index)

        match layer.Form with
        | Form.Sums -> Choice1Of2 sums
        | Form.RealOutput
        | Form.OperatorRealOutput
        | Form.Dynamic -> sums |> Array.mapi (fun index sum -> float32 sum * factor index) |> Choice2Of2
        | _ ->
            let low, high = if layer.InputSigned then -128, 127 else 0, 255

            sums
            |> Array.mapi (fun index sum ->
                let real = float32 sum * (factor index / layer.OutputStep)
                Math.Clamp(int (MathF.Round real) + layer.OutputZero, low, high))
            |> Choice1Of2
