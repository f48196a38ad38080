namespace QuantFunctional.Tests

open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.Testing

/// A kernel written from the definitions alone, slow and in arbitrary precision, with places to plant faults in.
[<NoComparison; NoEquality>]
type PeerKernel =
    {
        /// From P + Qb to the output, before its offset and its clamp.
        Requantize: IntegerLayer -> int -> bigint -> bigint
        /// What the padding holds.
        Pad: IntegerLayer -> int
        /// The layer as the kernel understands it.
        Understood: IntegerLayer -> IntegerLayer
        /// The stride between neighbouring outputs.
        Stride: int -> int
    }

[<RequireQualifiedAccess>]
module PeerKernel =

    let honest: PeerKernel =
        {
            Requantize = Tiny.requantize
            Pad = _.Input.ZeroPoint
            Understood = id
            Stride = id
        }

    /// All coordinates of a shape, the last axis running fastest.
    let rec private places (sizes: int list) : int list list =
        match sizes with
        | [] -> [ [] ]
        | size :: rest -> List.allPairs [ 0 .. size - 1 ] (places rest) |> List.map (fun (first, rest) -> first :: rest)

    let private flat (sizes: int list) (place: int list) =
        List.fold2 (fun flat size at -> flat * size + at) 0 sizes place

    /// The output's size along an axis.
    let private outputSize (g: Geometry) (kernel: int list) (input: int list) axis =
        let ends = g.Pads[axis] + g.Pads[kernel.Length + axis]
        let reach = (kernel[axis] - 1) * g.Dilations[axis]

        if g.IsTransposed then
            (input[axis] - 1) * g.Strides[axis] + reach + 1 - ends
        else
            (input[axis] + ends - reach - 1) / g.Strides[axis] + 1

    /// The input that a kernel position meets for an output, by trying all of them.
    let private meets (stride: int -> int) (g: Geometry) (input: int list) (output: int list) (kernel: int list) =
        let along axis size =
            let offset = kernel[axis] * g.Dilations[axis] - g.Pads[axis]
            let step = stride g.Strides[axis]

            [ 0 .. size - 1 ]
            |> List.tryFind (fun i ->
                if g.IsTransposed then
                    output[axis] = i * step + offset
                else
                    i = output[axis] * step + offset)

        let found = List.mapi along input

        if List.forall Option.isSome found then
            Some(List.map Option.get found)
        else
            None

    let run (kernel: PeerKernel) (layer: IntegerLayer) (input: IntegerTensor) : IntegerTensor =
        let shape, g = layer.Shape, layer.Geometry
        let spatial = List.ofSeq input.Sizes |> List.skip 2
        let kernelSizes = List.ofSeq shape.KernelSizes
        let output = List.mapi (fun axis _ -> outputSize g kernelSizes spatial axis) spatial
        let positions, inputs = places kernelSizes, input.Sizes[1]
        let understood = kernel.Understood layer

        let read sample channel place =
            let group = channel / (shape.Channels / shape.Groups)
            let met = positions |> List.map (meets kernel.Stride g spatial place)

            [|
                for i in 0 .. shape.Inputs - 1 do
                    for found in met do
                        match found with
                        | None -> kernel.Pad layer
                        | Some at ->
                            let row = sample * inputs + group * shape.Inputs + i
                            input.Values[row * List.fold (*) 1 spatial + flat spatial at]
            |]

        let values =
            [
                for sample in 0 .. input.Sizes[0] - 1 do
                    for channel in 0 .. shape.Channels - 1 do
                        for place in places output do
                            let _, product = Tiny.products understood channel (read sample channel place)
                            let sum = product + bigint layer.Bias[channel]
                            let free = kernel.Requantize layer channel sum + bigint layer.OutputOffset
                            int (max (bigint layer.OutputRange.Low) (min (bigint layer.OutputRange.High) free))
            ]

        {
            Sizes = ImmutableArray.CreateRange(input.Sizes[0] :: shape.Channels :: output)
            Values = ImmutableArray.CreateRange values
        }
