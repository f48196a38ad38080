namespace QuantFunctional

open System.Collections.Immutable

/// The order of a weight tensor's axes: O output channel, I input channel, G group, the rest kernel.
/// "HW" stands for one to three kernel axes.
[<RequireQualifiedAccess; NoComparison>]
type WeightLayout =
    /// ONNX and PyTorch convolutions; O runs over the channels of all groups, I over those of one group.
    | OIHW
    /// TFLite convolutions and transposed ones; O and I as in OIHW.
    | OHWI
    /// TensorFlow convolutions; O and I as in OIHW.
    | HWIO
    /// TensorFlow convolutions with the groups on an axis of their own; O and I are those of one group.
    | HWIGO
    /// ONNX and PyTorch transposed convolutions; I runs over the channels of all groups, O over those of one group.
    | IOHW
    /// TensorFlow transposed convolutions; I and O as in IOHW.
    | HWOI
    /// TensorFlow depthwise convolutions: G input channels with O outputs each.
    | HWGO
    /// TFLite depthwise convolutions: I is 1, O runs over the channels of all groups.
    | IHWO
    /// A product x·w: inputs in rows, outputs in columns.
    | IO
    /// A product x·wᵀ: one row for each output.
    | OI

/// The sizes of a weight tensor's axes and what they mean. The logical order of a channel's weights is input channel,
/// then kernel position. Compares by content.
[<Sealed; NoComparison>]
type WeightShape =
    /// The order of the axes.
    member Layout: WeightLayout

    /// The sizes of the axes in their own order.
    member Sizes: ImmutableArray<int>

    /// How many groups the channels fall into.
    member Groups: int

    /// How many output channels there are, those of all groups.
    member Channels: int

    /// How many input channels each output channel reads: those of one group.
    member Inputs: int

    /// The sizes of the kernel's axes.
    member KernelSizes: ImmutableArray<int>

    /// How many kernel positions there are.
    member Positions: int

    /// How many weights each output channel has.
    member WeightsPerChannel: int

    /// How many weights there are.
    member Count: int

    /// Where a weight lies in memory.
    member Index: channel: int * input: int * position: int -> int

    /// How many neighbours in memory make up a run: weights of one channel, or one weight of each of several channels.
    member RunLength: int

    /// True where the weights of a run belong to consecutive channels, false where they belong to one.
    member IsInterleaved: bool

    /// The channel of a run's first weight; runs are counted in the order of memory.
    member RunChannel: run: int -> int

namespace QuantFunctional.FSharp

open QuantFunctional

/// Makes weight shapes (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module WeightShape =
    /// The shape of a tensor in a layout. Refused: a number of axes that the layout does not have, an axis of size 0, groups
    /// that do not divide the channels or are not those of the axis G, more weights than an array holds.
    val create: layout: WeightLayout -> groups: int -> sizes: int seq -> Result<WeightShape, Refusal>

    /// The order of the axes, one letter each; K stands for all kernel axes.
    val axes: layout: WeightLayout -> string
