namespace QuantFunctional

open System
open System.Collections.Immutable

/// The order of a weight tensor's axes: O output channel, I input channel (of one group), G group, the rest kernel.
/// "HW" stands for any number of kernel axes.
[<RequireQualifiedAccess; NoComparison>]
type WeightLayout =
    /// ONNX and PyTorch convolutions, grouped and depthwise ones too.
    | OIHW
    /// TFLite convolutions.
    | OHWI
    /// TensorFlow convolutions.
    | HWIO
    /// TensorFlow convolutions with the groups on an axis of their own.
    | HWIGO
    /// A product x·w: inputs in rows, outputs in columns.
    | IO
    /// A product x·wᵀ: one row for each output.
    | OI

/// Weights seen with the output channel as last axis, whatever the order in memory. Nothing is copied.
/// The logical order of a channel's weights is input channel, then kernel position.
[<NoComparison; NoEquality>]
type WeightView =
    {
        /// The values in their own order.
        Data: ReadOnlyMemory<float32>
        /// The sizes of the axes in their own order.
        Shape: ImmutableArray<int>
        /// How many output channels there are, and how far apart they lie.
        Channels: int
        ChannelStride: int
        /// How many input channels each output channel reads, and how far apart they lie.
        Inputs: int
        InputStride: int
        /// How many kernel positions there are, and how far apart they lie.
        Positions: int
        PositionStride: int
    }

    /// How many weights each output channel has.
    member v.WeightsPerChannel = v.Inputs * v.Positions

    /// Where a weight lies in the data.
    member v.Index(channel: int, input: int, position: int) =
        channel * v.ChannelStride + input * v.InputStride + position * v.PositionStride

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Views of weights by output channel (SPEC section 2, `reshape_weight_to_output_channels`).
[<RequireQualifiedAccess>]
module WeightView =

    let private product (sizes: int seq) = Seq.fold (*) 1 sizes

    /// The view of a tensor in a layout. Refused: a rank that the layout does not have, a size of 0, a number of values
    /// that is not the product of the sizes.
    let create (layout: WeightLayout) (shape: int seq) (data: ReadOnlyMemory<float32>) : Result<WeightView, Refusal> =
        let shape = ImmutableArray.CreateRange shape
        let rank = shape.Length

        let refuse remedy =
            Error(Refusal.WeightShape(layout.ToString(), shape, data.Length, remedy))

        let lowest, highest =
            match layout with
            | WeightLayout.IO
            | WeightLayout.OI -> 2, 2
            | WeightLayout.HWIGO -> 4, 6
            | _ -> 3, 5

        if rank < lowest || rank > highest then
            refuse $"it has {lowest} to {highest} axes"
        elif shape |> Seq.exists (fun size -> size < 1) then
            refuse "every axis has at least one entry"
        elif shape |> Seq.fold (fun count size -> count * bigint size) 1I <> bigint data.Length then // may leave int64
            refuse "the sizes must multiply to the number of values"
        else
            let view channels channelStride inputs inputStride positions positionStride =
                Ok
                    {
                        Data = data
                        Shape = shape
                        Channels = channels
                        ChannelStride = channelStride
                        Inputs = inputs
                        InputStride = inputStride
                        Positions = positions
                        PositionStride = positionStride
                    }

            match layout with
            | WeightLayout.OIHW ->
                let kernel = product (Seq.skip 2 shape)
                view shape[0] (shape[1] * kernel) shape[1] kernel kernel 1
            | WeightLayout.OHWI ->
                let kernel = product (shape |> Seq.skip 1 |> Seq.take (rank - 2))
                let inputs = shape[rank - 1]
                view shape[0] (kernel * inputs) inputs 1 kernel inputs
            | WeightLayout.HWIO ->
                let kernel = product (Seq.take (rank - 2) shape)
                let inputs, outputs = shape[rank - 2], shape[rank - 1]
                view outputs 1 inputs outputs kernel (inputs * outputs)
            | WeightLayout.HWIGO ->
                let kernel = product (Seq.take (rank - 3) shape)
                let inputs, outputs = shape[rank - 3], shape[rank - 2] * shape[rank - 1]
                view outputs 1 inputs outputs kernel (inputs * outputs)
            | WeightLayout.IO -> view shape[1] 1 shape[0] shape[1] 1 1
            | WeightLayout.OI -> view shape[0] shape[1] shape[1] 1 1 1
