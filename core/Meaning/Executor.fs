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

open System
open System.Collections.Immutable
open System.Numerics.Tensors
open QuantFunctional

/// Runs an integer layer exactly, in plain loops: the meaning of a plan (SPEC section 4). Every intermediate is checked.
[<RequireQualifiedAccess>]
module Executor =

    /// Refuses an input whose axes are not those of the layer.
    let internal checkShape (layer: IntegerLayer) (sizes: ImmutableArray<int>) (count: int) =
        let shape = layer.Shape
        let channels = shape.Inputs * shape.Groups
        let rank = 2 + shape.KernelSizes.Length

        if sizes.Length <> rank || sizes[1] <> channels || Seq.fold (*) 1 sizes <> count then
            Error(ExecutionFault.InputShape(sizes, $"it has {rank} axes, samples first, then {channels} channels"))
        else
            Ok()

    /// Refuses an input of another shape or outside its type.
    let internal checkInput (layer: IntegerLayer) (input: IntegerTensor) =
        let whole = layer.InputRange

        checkShape layer input.Sizes input.Values.Length
        |> Result.bind (fun () ->
            match input.Values.AsSpan().IndexOfAnyExceptInRange(int whole.Low, int whole.High) with
            | -1 -> Ok()
            | index -> Error(ExecutionFault.InputOutOfRange(index, input.Values[index])))

    /// Qw of each output channel in the logical order: by input channel, then kernel position.
    let private weightRows (layer: IntegerLayer) =
        let shape = layer.Shape

        Array.init shape.Channels (fun channel ->
            [|
                for input in 0 .. shape.Inputs - 1 do
                    for position in 0 .. shape.Positions - 1 do
                        int64 layer.Weights[shape.Index(channel, input, position)]
            |])

    /// Σ Qa·Qw, on the int15 path of half the input's bits; 64 bits hold every sum, so nothing wraps.
    let private sum (inputs: int64 array) (weights: int64 array) : int64 =
        TensorPrimitives.Dot<int64>(ReadOnlySpan inputs, ReadOnlySpan weights)

    /// P of one output channel at one place, by the algorithm of the path.
    let private product (layer: IntegerLayer) (channel: int) (inputs: int64 array) (weights: int64 array) : int64 =
        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> sum inputs weights
        | ActivationPath.Int15 ->
            let half (choose: struct (int * int) -> int) =
                inputs
                |> Array.map (fun value -> int64 (choose (IntrinsicShift.halves (int value))))

            let high = sum (half (fun (struct (high, _)) -> high)) weights
            let low = sum (half (fun (struct (_, low)) -> low)) weights

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                high + (low >>> 7)
            else
                (high <<< 7) + low

    let private execute (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        let shape = layer.Shape
        let spatial = input.Sizes.RemoveRange(0, 2)
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes spatial
        let places = Seq.fold (*) 1 placement.OutputSizes
        let positions, inputPlaces = shape.Positions, Seq.fold (*) 1 spatial
        let perGroup = shape.Channels / shape.Groups
        let count = input.Sizes[0] * shape.Channels * places

        let products, accumulators =
            Array.zeroCreate<int64> count, Array.zeroCreate<int64> count

        let outputs = Array.zeroCreate<int> count
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let weights = weightRows layer

        let offset =
            if layer.Profile.InputZeroPointInBias layer.Path then
                0
            else
                layer.Input.ZeroPoint

        // what the kernel meets at one place, in the order of a row of weights; where it meets no input that is Za
        let met = Array.zeroCreate<int64> shape.WeightsPerChannel

        let meet firstChannel place =
            for input' in 0 .. shape.Inputs - 1 do
                let row = (firstChannel + input') * inputPlaces

                for position in 0 .. positions - 1 do
                    let stored =
                        match placement.Inputs[place * positions + position] with
                        | -1 -> layer.Input.ZeroPoint
                        | at -> input.Values[row + at]

                    met[input' * positions + position] <- int64 (stored - offset)

        // the first place of the output that leaves the accumulator
        let mutable fault = ValueNone
        let mutable faultAt = Int32.MaxValue

        let check what channel index value =
            if index < faultAt && not (Interval.contains value accumulator) then
                faultAt <- index
                fault <- ValueSome(ExecutionFault.Overflow(what, channel, index, value))

        for piece in 0 .. input.Sizes[0] * shape.Groups - 1 do
            for place in 0 .. places - 1 do
                meet (piece * shape.Inputs) place

                for i in 0 .. perGroup - 1 do
                    let channel = piece % shape.Groups * perGroup + i
                    let index = (piece * perGroup + i) * places + place
                    let p = product layer channel met weights[channel]
                    let sum = p + layer.Bias[channel]
                    check "the product" channel index p
                    check "product and bias" channel index sum
                    products[index] <- p
                    accumulators[index] <- sum

                    if fault.IsNone then
                        outputs[index] <- int (Requantize.output layer channel sum)

        match fault with
        | ValueSome fault -> Error fault
        | ValueNone ->
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
