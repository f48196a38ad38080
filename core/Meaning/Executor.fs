namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
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

    /// Every intermediate of a layer with its bits, in the order in which they come about.
    let private known (layer: IntegerLayer) : (Intermediate * int) list =
        [
            for sum in Accumulation.intermediates layer do
                sum, layer.Accumulator.Bits

            for step in RequantizationSteps.ofAccumulator layer 0 0I do
                step.Intermediate, step.Bits
        ]

    /// Every intermediate is made and checked; they are kept where they are asked for.
    let private execute (keep: bool) (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        let shape = layer.Shape
        let spatial = input.Sizes.RemoveRange(0, 2)
        let placement = KernelPlacement.create layer.Geometry shape.KernelSizes spatial
        let places = Seq.fold (*) 1 placement.OutputSizes
        let positions, inputPlaces = shape.Positions, Seq.fold (*) 1 spatial
        let perGroup = shape.Channels / shape.Groups
        let count = input.Sizes[0] * shape.Channels * places

        let bits = layer.Accumulator.Bits
        let accumulator = Interval.ofBits bits
        let names = Accumulation.intermediates layer
        let sums = Array.zeroCreate<int64> names.Length
        let intermediates = if keep then known layer else []
        let kept = [| for _ in intermediates -> Array.zeroCreate<int64> count |]
        let outputs = Array.zeroCreate<int> count
        let weights = Accumulation.weightRows layer
        let operands = Accumulation.operands layer
        let run = Accumulation.longestRun layer
        let requantization = Array.init shape.Channels (Requantize.ofChannel layer)
        let held = Array.init shape.Channels (RequantizationSteps.held layer)

        // the first place of the output at which an integer does not hold an intermediate
        let mutable fault = ValueNone
        let mutable faultAt = Int32.MaxValue

        let overflows intermediate bits channel index value =
            if index < faultAt then
                faultAt <- index
                fault <- ValueSome(ExecutionFault.Overflow(intermediate, bits, channel, index, value))

        let steps channel =
            RequantizationSteps.ofAccumulator layer channel (bigint sums[sums.Length - 1])

        for piece in 0 .. input.Sizes[0] * shape.Groups - 1 do
            for place in 0 .. places - 1 do
                let inputs = ReadOnlySpan(placement.Inputs, place * positions, positions)
                let first = piece * shape.Inputs * inputPlaces
                let stored = input.Values.AsSpan(first, shape.Inputs * inputPlaces)
                Accumulation.meet layer inputs stored operands

                for i in 0 .. perGroup - 1 do
                    let channel = piece % shape.Groups * perGroup + i
                    let index = (piece * perGroup + i) * places + place
                    Accumulation.fill layer channel run operands weights[channel] sums

                    for at in 0 .. sums.Length - 1 do
                        if not (Interval.contains sums[at] accumulator) then
                            overflows names[at] bits channel index (bigint sums[at])

                    let sum = sums[sums.Length - 1]

                    if not (Interval.contains sum held[channel]) then
                        for step in steps channel do
                            if not step.Holds then
                                overflows step.Intermediate step.Bits channel index step.Farthest

                    if fault.IsNone then
                        outputs[index] <- int (Requantize.output layer requantization[channel] sum)

                        if keep then
                            sums |> Array.iteri (fun at value -> kept[at][index] <- value)

                            steps channel
                            |> List.iteri (fun at step -> kept[sums.Length + at][index] <- int64 step.Value)

        match fault with
        | ValueSome fault -> Error fault
        | ValueNone ->
            let sizes = [ input.Sizes[0]; shape.Channels; yield! placement.OutputSizes ]

            let ofKept (intermediate, bits) (values: int64 array) =
                {
                    Intermediate = intermediate
                    Bits = bits
                    Values = ImmutableCollectionsMarshal.AsImmutableArray values
                }

            Ok
                {
                    Intermediates = ImmutableArray.CreateRange(Seq.map2 ofKept intermediates kept)
                    Output =
                        {
                            Sizes = ImmutableArray.CreateRange sizes
                            Values = ImmutableCollectionsMarshal.AsImmutableArray outputs
                        }
                }

    /// The intermediates of a layer, in the order in which they come about.
    let intermediates (layer: IntegerLayer) : ImmutableArray<Intermediate> =
        ImmutableArray.CreateRange(List.map fst (known layer))

    /// Runs a layer on integers. Refused: an input of another shape or outside its type; an intermediate that leaves the
    /// integer which must hold it, which no layer that was planned has.
    let run (layer: IntegerLayer) (input: IntegerTensor) : Result<Execution, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute true layer input)

    /// The output alone, which takes a fifth of the memory; refused is what `run` refuses.
    let output (layer: IntegerLayer) (input: IntegerTensor) : Result<IntegerTensor, ExecutionFault> =
        checkInput layer input |> Result.bind (fun () -> execute false layer input) |> Result.map _.Output
