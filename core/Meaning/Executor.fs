namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// Runs an integer layer exactly, in plain loops: the meaning of a plan (docs/arithmetic.md). Every intermediate is checked.
[<RequireQualifiedAccess>]
module Executor =

    /// Refuses an input whose axes are not those of the layer.
    let internal checkShape (layer: IntegerLayer) (sizes: ImmutableArray<int>) (count: int) =
        let shape = layer.Shape
        let channels = shape.Inputs * shape.Groups
        let rank = 2 + shape.KernelSizes.Length

        let isFilled =
            Seq.forall (fun size -> size >= 0) sizes
            && Seq.fold (fun product size -> product * bigint (size: int)) 1I sizes = bigint count

        if sizes.Length <> rank || sizes[1] <> channels || not isFilled then
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

    /// Every intermediate that a product and its halves lead to, in the order in which they come about.
    let private follow (layer: IntegerLayer) (channel: int) (halves: int64 array) (product: int64) =
        let ofAccumulator intermediate (value: bigint) : RequantizationStep =
            {
                Intermediate = intermediate
                Bits = layer.Accumulator.Bits
                Bare = value
                Value = value
            }

        let sum = bigint product + bigint layer.Bias[channel]

        [
            for half, value in Seq.zip (Accumulation.halves layer) halves do
                ofAccumulator half (bigint value)

            ofAccumulator Intermediate.Product (bigint product)
            ofAccumulator Intermediate.ProductAndBias sum
            yield! RequantizationSteps.ofAccumulator layer channel sum
        ]

    /// The products of a channel of which every integer is held up to the output.
    let private held (layer: IntegerLayer) (channel: int) : Interval =
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let sums = RequantizationSteps.held layer channel
        let bias = Math.Clamp(layer.Bias[channel], -(1L <<< 60), 1L <<< 60) // the sum is not held beyond

        {
            Low = max accumulator.Low (max accumulator.Low sums.Low - bias)
            High = min accumulator.High (min accumulator.High sums.High - bias)
        }

    /// Every intermediate is made and checked; they are kept where they are asked for.
    let private execute (keep: bool) (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        let shape = layer.Shape
        let spatial = input.Sizes.RemoveRange(0, 2)
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes spatial
        let places = Seq.fold (*) 1 placement.OutputSizes
        let positions, inputPlaces = shape.Positions, Seq.fold (*) 1 spatial
        let perGroup = shape.Channels / shape.Groups
        let count = input.Sizes[0] * shape.Channels * places

        let outputs = Array.zeroCreate<int> count
        let weights = Accumulation.weightRows layer
        let operands = Accumulation.operands layer
        let halves = Array.zeroCreate<int64> (Accumulation.halves layer).Length
        let run = Accumulation.longestRun layer
        let requantization = Array.init shape.Channels (Requantize.ofChannel layer)
        let held = Array.init shape.Channels (held layer)
        let accumulator = Interval.ofBits layer.Accumulator.Bits

        let isOutside (half: int64) =
            not (Interval.contains half accumulator)

        let names = if keep then follow layer 0 halves 0L else []
        let kept = [| for _ in names -> Array.zeroCreate<int64> count |]
        let row = Array.zeroCreate<int64> names.Length

        // the first place of the output at which an integer does not hold an intermediate
        let mutable fault = ValueNone
        let mutable faultAt = Int32.MaxValue

        let examine channel index product =
            match follow layer channel halves product |> List.tryFind (fun step -> not step.Holds) with
            | Some step when index < faultAt ->
                faultAt <- index

                fault <- ValueSome(ExecutionFault.Overflow(step.Intermediate, step.Bits, channel, index, step.Farthest))
            | _ -> ()

        for piece in 0 .. input.Sizes[0] * shape.Groups - 1 do
            for place in 0 .. places - 1 do
                let inputs = ReadOnlySpan(placement.Inputs, place * positions, positions)
                let first = piece * shape.Inputs * inputPlaces
                let stored = input.Values.AsSpan(first, shape.Inputs * inputPlaces)
                Accumulation.meet layer inputs stored operands

                for i in 0 .. perGroup - 1 do
                    let channel = piece % shape.Groups * perGroup + i
                    let index = (piece * perGroup + i) * places + place

                    let product =
                        Accumulation.product layer channel run operands weights[channel] halves

                    if not (Interval.contains product held[channel]) || Array.exists isOutside halves then
                        examine channel index product

                    if fault.IsNone then
                        let sum = product + layer.Bias[channel]
                        outputs[index] <- int (Requantize.output layer requantization[channel] sum)

                        if keep then
                            let steps =
                                RequantizationSteps.values requantization[channel] layer.OutputOffset sum

                            halves.CopyTo(row, 0)
                            row[halves.Length] <- product
                            row[halves.Length + 1] <- sum
                            steps.CopyTo(row, halves.Length + 2)

                            for at in 0 .. row.Length - 1 do
                                kept[at][index] <- row[at]

        match fault with
        | ValueSome fault -> Error fault
        | ValueNone ->
            let ofKept (step: RequantizationStep) (values: int64 array) =
                {
                    Intermediate = step.Intermediate
                    Bits = step.Bits
                    Values = ImmutableCollectionsMarshal.AsImmutableArray values
                }

            let sizes = [ input.Sizes[0]; shape.Channels; yield! placement.OutputSizes ]

            Ok
                {
                    Intermediates = ImmutableArray.CreateRange(Seq.map2 ofKept names kept)
                    Output =
                        {
                            Sizes = ImmutableArray.CreateRange sizes
                            Values = ImmutableCollectionsMarshal.AsImmutableArray outputs
                        }
                }

    /// The intermediates of a layer, in the order in which they come about.
    let intermediates (layer: IntegerLayer) : ImmutableArray<Intermediate> =
        let halves = Array.zeroCreate (Accumulation.halves layer).Length
        ImmutableArray.CreateRange(follow layer 0 halves 0L |> List.map _.Intermediate)

    /// Runs a layer on integers. Refused: an input of another shape or outside its type; an intermediate that leaves the
    /// integer which must hold it, which no layer that was planned has.
    let run (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute true layer input)

    /// The output alone, which takes a fifth of the memory; refused is what `run` refuses.
    let output (layer: IntegerLayer) (input: IntegerTensor) : Result<IntegerTensor, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute false layer input) |> Result.map _.Output
