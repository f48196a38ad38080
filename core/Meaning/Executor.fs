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
open System.Runtime.InteropServices
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
                        int layer.Weights[shape.Index(channel, input, position)]
            |])

    /// How many products of a weight of 8 bits and an input of this size int32 is sure to hold the sum of.
    let private longestRun (largestInput: int64) : int =
        int (int64 Int32.MaxValue / (128L * max 1L largestInput))

    /// Σ x·w, in runs that int32 holds; product by product where it does not hold one.
    let private sum (run: int) (inputs: int array) (weights: int array) : int64 =
        if run = 0 then
            Array.fold2 (fun total x w -> total + int64 x * int64 w) 0L inputs weights
        else
            let mutable total = 0L
            let mutable first = 0

            while first < inputs.Length do
                let count = min run (inputs.Length - first)
                let x = ReadOnlySpan(inputs, first, count)
                let w = ReadOnlySpan(weights, first, count)
                total <- total + int64 (TensorPrimitives.Dot(x, w))
                first <- first + count

            total

    /// P of one output channel at one place, by the algorithm of the path.
    let private product
        (layer: IntegerLayer)
        (channel: int)
        (run: int)
        (inputs: int array)
        (weights: int array)
        : int64 =
        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> sum run inputs weights
        | ActivationPath.Int15 ->
            let half (choose: struct (int * int) -> int) =
                inputs |> Array.map (fun value -> choose (IntrinsicShift.halves value))

            let high = sum run (half (fun (struct (high, _)) -> high)) weights
            let low = sum run (half (fun (struct (_, low)) -> low)) weights

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                high + (low >>> 7)
            else
                (high <<< 7) + low

    /// What the kernel meets at one place, in the order of a row of weights, less the offset; where it meets no input that is
    /// Za. `inputs` says which place of a channel each kernel position meets.
    let private meet (inputs: ReadOnlySpan<int>) (stored: ReadOnlySpan<int>) za offset (met: Span<int>) =
        let channels = met.Length / inputs.Length
        let places = stored.Length / channels

        for channel in 0 .. channels - 1 do
            let row = stored.Slice(channel * places, places)
            let target = met.Slice(channel * inputs.Length, inputs.Length)

            for position in 0 .. inputs.Length - 1 do
                let at = inputs[position]
                target[position] <- (if at < 0 then za else row[at]) - offset

    /// Every intermediate is made and checked; products and accumulators are kept where they are asked for.
    let private execute (keep: bool) (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        let shape = layer.Shape
        let spatial = input.Sizes.RemoveRange(0, 2)
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes spatial
        let places = Seq.fold (*) 1 placement.OutputSizes
        let positions, inputPlaces = shape.Positions, Seq.fold (*) 1 spatial
        let perGroup = shape.Channels / shape.Groups
        let count = input.Sizes[0] * shape.Channels * places

        let kept = if keep then count else 0

        let products, accumulators =
            Array.zeroCreate<int64> kept, Array.zeroCreate<int64> kept

        let outputs = Array.zeroCreate<int> count
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let weights = weightRows layer
        let requantization = Array.init shape.Channels (Requantize.ofChannel layer)

        let offset =
            if layer.Profile.InputZeroPointInBias layer.Path then
                0
            else
                layer.Input.ZeroPoint

        let met = Array.zeroCreate<int> shape.WeightsPerChannel
        let stored, za = input.Values, layer.Input.ZeroPoint

        let run =
            [ layer.InputRange.Low; layer.InputRange.High; int64 za ]
            |> Seq.map (fun value -> abs (value - int64 offset))
            |> Seq.max
            |> longestRun

        // the first place of the output that leaves the accumulator
        let mutable fault = ValueNone
        let mutable faultAt = Int32.MaxValue

        let check what channel index value =
            if index < faultAt && not (Interval.contains value accumulator) then
                faultAt <- index
                fault <- ValueSome(ExecutionFault.Overflow(what, channel, index, value))

        for piece in 0 .. input.Sizes[0] * shape.Groups - 1 do
            for place in 0 .. places - 1 do
                let inputs = ReadOnlySpan(placement.Inputs, place * positions, positions)
                let first = piece * shape.Inputs * inputPlaces
                meet inputs (stored.AsSpan(first, shape.Inputs * inputPlaces)) za offset (Span met)

                for i in 0 .. perGroup - 1 do
                    let channel = piece % shape.Groups * perGroup + i
                    let index = (piece * perGroup + i) * places + place
                    let p = product layer channel run met weights[channel]
                    let sum = p + layer.Bias[channel]

                    if not (Interval.contains p accumulator && Interval.contains sum accumulator) then
                        check "the product" channel index p
                        check "product and bias" channel index sum

                    if keep then
                        products[index] <- p
                        accumulators[index] <- sum

                    if fault.IsNone then
                        outputs[index] <- int (Requantize.output layer requantization[channel] sum)

        match fault with
        | ValueSome fault -> Error fault
        | ValueNone ->
            let sizes = [ input.Sizes[0]; shape.Channels; yield! placement.OutputSizes ]

            Ok
                {
                    Products = ImmutableCollectionsMarshal.AsImmutableArray products
                    Accumulators = ImmutableCollectionsMarshal.AsImmutableArray accumulators
                    Output =
                        {
                            Sizes = ImmutableArray.CreateRange sizes
                            Values = ImmutableCollectionsMarshal.AsImmutableArray outputs
                        }
                }

    /// Runs a layer on integers. Refused: an input of another shape or outside its type; an intermediate that leaves the
    /// accumulator, which no layer that was planned has.
    let run (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute true layer input)

    /// The output alone, which takes a fifth of the memory; refused is what `run` refuses.
    let output (layer: IntegerLayer) (input: IntegerTensor) : Result<IntegerTensor, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute false layer input) |> Result.map _.Output
