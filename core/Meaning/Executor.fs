namespace QuantFunctional

open System.Collections.Immutable

/// Whole numbers in rows: sample, channel, then the spatial axes, the last running fastest.
[<NoComparison>]
type IntegerTensor =
    {
        Sizes: ImmutableArray<int>
        Values: ImmutableArray<int>
    }

/// Every number that a layer makes of an input, in the order of the output.
[<NoComparison>]
type Execution =
    {
        /// P: the products.
        Products: ImmutableArray<int64>
        /// P + Qb: what is requantized.
        Accumulators: ImmutableArray<int64>
        /// Qc.
        Output: IntegerTensor
    }

/// Why a layer cannot be run on an input.
[<RequireQualifiedAccess; NoComparison>]
type ExecutionFault =
    /// The input's axes are not sample, channels of the layer, and one for each axis of the kernel.
    | InputShape of Sizes: ImmutableArray<int> * Expected: string
    /// An input lies outside its type.
    | InputOutOfRange of Index: int * Value: int
    /// An intermediate leaves the accumulator.
    | Overflow of What: string * Channel: int * Index: int * Value: int64

    /// The fault as a sentence.
    member f.Message =
        match f with
        | InputShape(sizes, expected) ->
            let found = System.String.Join("x", sizes)
            $"an input of the shape {found} does not fit: {expected}"
        | InputOutOfRange(index, value) -> $"the input at index {index} is {value}, outside its type"
        | Overflow(what, channel, index, value) ->
            $"channel {channel}: {what} is {value} at output {index}, outside the accumulator"

namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// Runs an integer layer exactly, in plain loops: the meaning of a plan (SPEC section 4). Every intermediate is checked.
[<RequireQualifiedAccess>]
module Executor =

    /// Σ Qa·Qw of one output channel at one place, by the algorithm of the path. `stored` gives the stored input of an
    /// input channel and a kernel position; where the kernel meets no input that is Za.
    let private product (layer: IntegerLayer) (channel: int) (stored: int -> int -> int) : int64 =
        let shape, weights = layer.Shape, layer.Weights
        let mutable whole, high, low = 0L, 0L, 0L

        let offset =
            if layer.Profile.InputZeroPointInBias layer.Path then
                0
            else
                layer.Input.ZeroPoint

        for input in 0 .. shape.Inputs - 1 do
            for position in 0 .. shape.Positions - 1 do
                let weight = int64 weights[shape.Index(channel, input, position)]
                let value = stored input position - offset
                let struct (hi, lo) = IntrinsicShift.halves value
                whole <- whole + int64 value * weight
                high <- high + int64 hi * weight
                low <- low + int64 lo * weight

        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> whole
        | ActivationPath.Int15 when layer.IntrinsicShift[channel] = IntrinsicShift.Hi -> high + (low >>> 7)
        | ActivationPath.Int15 -> (high <<< 7) + low

    let private checkInput (layer: IntegerLayer) (input: IntegerTensor) =
        let shape, sizes = layer.Shape, input.Sizes
        let channels = shape.Inputs * shape.Groups
        let rank = 2 + shape.KernelSizes.Length

        if sizes.Length <> rank || sizes[1] <> channels || Seq.fold (*) 1 sizes <> input.Values.Length then
            Error(ExecutionFault.InputShape(sizes, $"it has {rank} axes, samples first, then {channels} channels"))
        else
            match
                input.Values
                |> Seq.tryFindIndex (fun value -> not (Interval.contains (int64 value) layer.InputRange))
            with
            | Some index -> Error(ExecutionFault.InputOutOfRange(index, input.Values[index]))
            | None -> Ok()

    let private execute (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        let shape = layer.Shape
        let spatial = input.Sizes.RemoveRange(0, 2)
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes spatial
        let inputPositions = Seq.fold (*) 1 spatial
        let outputPositions = Seq.fold (*) 1 placement.OutputSizes

        let inputChannels, perGroup =
            shape.Inputs * shape.Groups, shape.Channels / shape.Groups

        let count = input.Sizes[0] * shape.Channels * outputPositions

        let products, accumulators =
            Array.zeroCreate<int64> count, Array.zeroCreate<int64> count

        let outputs = Array.zeroCreate<int> count
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let mutable fault = None

        for index in 0 .. count - 1 do
            let place, channel =
                index % outputPositions, index / outputPositions % shape.Channels

            let sample = index / outputPositions / shape.Channels

            let stored input' position =
                match placement.Inputs[place * shape.Positions + position] with
                | -1 -> layer.Input.ZeroPoint
                | at ->
                    let row = sample * inputChannels + channel / perGroup * shape.Inputs + input'
                    input.Values[row * inputPositions + at]

            let p = product layer channel stored
            let sum = p + layer.Bias[channel]

            let check what value =
                if fault.IsNone && not (Interval.contains value accumulator) then
                    fault <- Some(ExecutionFault.Overflow(what, channel, index, value))

            check "the product" p
            check "product and bias" sum
            products[index] <- p
            accumulators[index] <- sum

            if fault.IsNone then
                outputs[index] <- int (Requantize.output layer channel sum)

        match fault with
        | Some fault -> Error fault
        | None ->
            let sizes = [ input.Sizes[0]; shape.Channels; yield! placement.OutputSizes ]

            Ok
                {
                    Products = ImmutableArray.Create<int64> products
                    Accumulators = ImmutableArray.Create<int64> accumulators
                    Output =
                        {
                            Sizes = ImmutableArray.CreateRange sizes
                            Values = ImmutableArray.Create<int> outputs
                        }
                }

    /// Runs a layer on integers. Refused: an input of another shape or outside its type; an intermediate that leaves the
    /// accumulator, which no layer that was planned has.
    let run (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute layer input)
