namespace QuantFunctional.Testing

open System.Collections.Immutable
open QuantFunctional
open QuantFunctional.FSharp

/// A layer and its input with every axis on its own, so that any of them can be cut.
[<NoComparison>]
type internal LayerParts =
    {
        /// What stands in no other field.
        Layer: IntegerLayer
        /// Groups, the outputs and the inputs of each, then the kernel's axes.
        Sizes: int list
        /// The weights in that order.
        Weights: int array
        /// By group and output.
        Bias: int64 array
        /// By group and output, or one.
        Multiplier: int array
        Shift: int array
        IntrinsicShift: int array
        /// Samples, groups, the inputs of each, then the spatial axes.
        InputSizes: int list
        Input: int array
    }

[<RequireQualifiedAccess>]
module internal LayerParts =

    let private channels (parts: LayerParts) = parts.Sizes[0] * parts.Sizes[1]

    let ofCase (case: KernelCase) : LayerParts =
        let layer = case.Layer
        let shape = layer.Shape

        let values (entries: Channelwise<int>) = Seq.toArray entries.Values

        {
            Layer = layer
            Sizes =
                [
                    shape.Groups
                    shape.Channels / shape.Groups
                    shape.Inputs
                    yield! shape.KernelSizes
                ]
            Weights =
                [|
                    for channel in 0 .. shape.Channels - 1 do
                        for input in 0 .. shape.Inputs - 1 do
                            for position in 0 .. shape.Positions - 1 do
                                int layer.Weights[shape.Index(channel, input, position)]
                |]
            Bias = Seq.toArray layer.Bias
            Multiplier = values layer.Multiplier
            Shift = values layer.Shift
            IntrinsicShift = values layer.IntrinsicShift
            InputSizes =
                [
                    case.Input.Sizes[0]
                    shape.Groups
                    shape.Inputs
                    yield! Seq.skip 2 case.Input.Sizes
                ]
            Input = Seq.toArray case.Input.Values
        }

    let private shapeOf (parts: LayerParts) =
        let sizes: LogicalSizes =
            {
                Groups = parts.Sizes[0]
                Outputs = parts.Sizes[1]
                Inputs = parts.Sizes[2]
                Kernel = List.skip 3 parts.Sizes
            }

        let layout = parts.Layer.Shape.Layout

        // the last kernel axis takes the convolution with it
        let layout =
            if sizes.Kernel.IsEmpty && layout <> WeightLayout.IO then
                WeightLayout.OI
            else
                layout

        WeightShape.create layout (Layouts.groups layout sizes) (Layouts.sizes layout sizes)
        |> LayerCase.need

    let toCase (parts: LayerParts) : KernelCase =
        let shape = shapeOf parts
        let weights = Array.zeroCreate<sbyte> shape.Count

        for channel in 0 .. shape.Channels - 1 do
            for input in 0 .. shape.Inputs - 1 do
                for position in 0 .. shape.Positions - 1 do
                    let logical = (channel * shape.Inputs + input) * shape.Positions + position
                    weights[shape.Index(channel, input, position)] <- sbyte parts.Weights[logical]

        let entries (values: int array) =
            if values.Length = channels parts && parts.Layer.Multiplier.IsPerChannel then
                Channelwise.perChannel values
            else
                Channelwise.perTensor values[0]

        {
            Layer =
                { parts.Layer with
                    Shape = shape
                    Weights = ImmutableArray.Create<sbyte> weights
                    Bias = ImmutableArray.Create<int64> parts.Bias
                    Multiplier = entries parts.Multiplier
                    Shift = entries parts.Shift
                    IntrinsicShift = entries parts.IntrinsicShift
                }
            Input =
                {
                    Sizes =
                        ImmutableArray.CreateRange
                            [
                                parts.InputSizes[0]
                                parts.InputSizes[1] * parts.InputSizes[2]
                                yield! List.skip 3 parts.InputSizes
                            ]
                    Values = ImmutableArray.Create<int> parts.Input
                }
        }

    /// The values of some indices along one axis.
    let private slice (sizes: int list) (axis: int) (chosen: int list) (values: 'T array) : 'T array =
        let inner = sizes |> List.skip (axis + 1) |> List.fold (*) 1
        let outer = sizes |> List.take axis |> List.fold (*) 1

        [|
            for before in 0 .. outer - 1 do
                for index in chosen do
                    yield!
                        values[(before * sizes[axis] + index) * inner .. (before * sizes[axis] + index + 1) * inner - 1]
        |]

    let private cut (axis: int) (chosen: int list) (sizes: int list) =
        List.updateAt axis (List.length chosen) sizes

    let private cutWeights axis chosen (parts: LayerParts) =
        { parts with
            Sizes = cut axis chosen parts.Sizes
            Weights = slice parts.Sizes axis chosen parts.Weights
        }

    let private cutInput axis chosen (parts: LayerParts) =
        { parts with
            InputSizes = cut axis chosen parts.InputSizes
            Input = slice parts.InputSizes axis chosen parts.Input
        }

    let private cutChannels axis chosen (parts: LayerParts) =
        let sizes = List.take 2 parts.Sizes

        let entries (values: int array) =
            if parts.Layer.Multiplier.IsPerChannel then
                slice sizes axis chosen values
            else
                values

        { parts with
            Bias = slice sizes axis chosen parts.Bias
            Multiplier = entries parts.Multiplier
            Shift = entries parts.Shift
            IntrinsicShift = entries parts.IntrinsicShift
        }

    let keepSamples chosen = cutInput 0 chosen

    let keepGroups chosen =
        cutChannels 0 chosen >> cutWeights 0 chosen >> cutInput 1 chosen

    /// The same outputs of each group.
    let keepOutputs chosen =
        cutChannels 1 chosen >> cutWeights 1 chosen

    /// The same inputs of each group.
    let keepInputs chosen =
        cutWeights 2 chosen >> cutInput 2 chosen

    let keepKernel axis chosen = cutWeights (3 + axis) chosen

    let keepPositions axis chosen = cutInput (3 + axis) chosen
