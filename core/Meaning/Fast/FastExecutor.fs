namespace QuantFunctional.FSharp

#nowarn "3535"

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open QuantFunctional

/// Runs an integer layer by vectors and threads: the outputs and faults of `Executor.run`, for every layer and input. With the
/// runtime's usual tiers the first hundred runs or so are several times slower than the later ones; a host that sets
/// TieredCompilationQuickJitForLoops to false, as the command line does, has its loops compiled in full at once.
[<RequireQualifiedAccess>]
module FastExecutor =

    /// Packs a layer's weights for the vectors that this processor multiplies soonest.
    let prepare (layer: IntegerLayer) : PreparedLayer = Preparation.best layer

    let private isBytes (layer: IntegerLayer) =
        layer.OutputRange.Low >= int64 SByte.MinValue && layer.OutputRange.High <= int64 SByte.MaxValue

    /// One run of the vector loops; no planes for a matrix product.
    [<NoComparison; NoEquality>]
    type private Work =
        {
            Threads: int
            Layer: IntegerLayer
            Vectors: VectorForm
            Planes: Planes voption
            Samples: int
            Positions: int
            Source: InputSource
            Target: FastOutput
        }

    let private runBy<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> (work: Work) =
        match work.Planes with
        | ValueSome planes ->
            FastConvolution.run<'L, 'V>
                work.Threads
                work.Layer
                work.Vectors
                planes
                work.Samples
                work.Positions
                work.Source
                work.Target
        | ValueNone ->
            FastProduct.run<'L, 'V> work.Threads work.Layer work.Vectors work.Samples work.Source.Factors work.Target

    let private runSaturating<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> (work: Work) =
        runBy<SaturatingLanes<'L, 'V>, 'V> work

    let private runWidth (work: Work) =
        match work.Vectors.Width with
        | 512 when work.Vectors.Lanes = LaneForm.Neighbours -> runSaturating<PairLanes512, Vector512<int>> work
        | 256 when work.Vectors.Lanes = LaneForm.Neighbours -> runSaturating<PairLanes256, Vector256<int>> work
        | 128 when work.Vectors.Lanes = LaneForm.Neighbours -> runSaturating<PairLanes128, Vector128<int>> work
        | _ when work.Vectors.Lanes = LaneForm.Neighbours -> runSaturating<PairLanes1, int> work
        | 256 when work.Vectors.Lanes = LaneForm.Quads -> runBy<QuadLanes256<PairLanes256>, Vector256<int>> work
        | 512 -> runBy<PairLanes512, Vector512<int>> work
        | 256 -> runBy<PairLanes256, Vector256<int>> work
        | 128 -> runBy<PairLanes128, Vector128<int>> work
        | _ -> runBy<PairLanes1, int> work

    /// What makes stored inputs the vector loops' factors; nothing where they do not run.
    let private toFactor (prepared: PreparedLayer) : struct (int * int) =
        match prepared.Vectors with
        | ValueSome vectors -> struct (vectors.Offset, vectors.Right)
        | ValueNone -> struct (0, 0)

    let private product (sizes: int seq) = Seq.fold (*) 1 sizes

    /// The output's sizes and values, where the vector loops can make it. `place` gives where so many values go.
    let private vectorised
        (threads: int)
        (prepared: PreparedLayer)
        (sizes: ImmutableArray<int>)
        (source: InputSource)
        (place: int -> FastOutput)
        : struct (ImmutableArray<int> * FastOutput) voption =
        let layer = prepared.Layer
        let spatial = sizes.RemoveRange(0, 2)

        let planes =
            if spatial.IsEmpty then
                ValueNone
            else
                Planes.create layer.Geometry layer.Shape.KernelSizes spatial

        match prepared.Vectors with
        | ValueSome vectors when sizes[0] > 0 && (planes.IsSome || spatial.IsEmpty) ->
            let outputs =
                match planes with
                | ValueSome planes -> planes.OutputSizes
                | ValueNone -> ImmutableArray.Empty

            let outputs = ImmutableArray.Create(sizes[0], layer.Shape.Channels).AddRange outputs
            let target = place (product outputs)

            runWidth
                {
                    Threads = threads
                    Layer = layer
                    Vectors = vectors
                    Planes = planes
                    Samples = sizes[0]
                    Positions = product spatial
                    Source = source
                    Target = target
                }

            ValueSome struct (outputs, target)
        | _ -> ValueNone

    /// An array of one's own, if it is long enough.
    let private own (output: 'T array) (count: int) : 'T array =
        if output.Length < count then
            invalidArg (nameof output) $"The output has {count} values, the array has room for {output.Length}."

        output

    let private wholesInto
        (threads: int)
        (prepared: PreparedLayer)
        (input: IntegerTensor)
        (place: int -> int array)
        : Result<struct (ImmutableArray<int> * int array), ExecutionFault> =
        let struct (offset, right) = toFactor prepared

        let low, high =
            int prepared.Layer.InputRange.Low, int prepared.Layer.InputRange.High

        let outside = ref false

        // the range is checked on the way, since reading all inputs once more takes a tenth of a run
        let source =
            {
                Factors =
                    FactorSource(fun first target ->
                        let source = input.Values.AsSpan(first, target.Length)

                        if not (Widths.wholesToShorts offset right low high source target) then
                            outside.Value <- true)
                Bytes =
                    ByteSource(fun first target ->
                        if not (Widths.wholesToUnsigned (input.Values.AsSpan(first, target.Length)) target) then
                            outside.Value <- true)
            }

        let target count =
            if isBytes prepared.Layer then
                FastOutput.rent true count
            else
                FastOutput.ofWholes (place count)

        Executor.checkShape prepared.Layer input.Sizes input.Values.Length
        |> Result.bind (fun () ->
            match vectorised threads prepared input.Sizes source target with
            | ValueSome _ when outside.Value ->
                Executor.checkInput prepared.Layer input |> Result.map (fun () -> struct (input.Sizes, [||]))
            | ValueSome struct (sizes, output) when FastOutput.isBytes output ->
                let count = product sizes
                let values = place count
                Widths.bytesToWholes (ReadOnlySpan(output.Bytes, 0, count)) (Span values)
                FastOutput.giveBack output
                Ok struct (sizes, values)
            | ValueSome struct (sizes, output) -> Ok struct (sizes, output.Wholes)
            | ValueNone ->
                Executor.output prepared.Layer input
                |> Result.map (fun output ->
                    let values = place output.Values.Length
                    output.Values.CopyTo values
                    struct (output.Sizes, values)))

    let private bytesInto
        (threads: int)
        (prepared: PreparedLayer)
        (input: ByteTensor)
        (place: int -> sbyte array)
        : Result<struct (ImmutableArray<int> * sbyte array), ExecutionFault> =
        if not (isBytes prepared.Layer) then
            invalidArg (nameof prepared) "The layer's output does not fit bytes; run gives it as whole numbers."

        let struct (offset, right) = toFactor prepared

        let source =
            {
                Factors =
                    FactorSource(fun first target ->
                        Widths.bytesToShorts (int16 offset) right (input.Values.AsSpan(first, target.Length)) target)
                Bytes =
                    ByteSource(fun first target ->
                        Widths.bytesToUnsigned (input.Values.AsSpan(first, target.Length)) target)
            }

        Executor.checkShape prepared.Layer input.Sizes input.Values.Length
        |> Result.bind (fun () ->
            match vectorised threads prepared input.Sizes source (place >> FastOutput.ofBytes) with
            | ValueSome struct (sizes, output) -> Ok struct (sizes, output.Bytes)
            | ValueNone ->
                Executor.output
                    prepared.Layer
                    {
                        IntegerTensor.Sizes = input.Sizes
                        Values = ImmutableArray.CreateRange(input.Values, int)
                    }
                |> Result.map (fun output ->
                    let values = place output.Values.Length
                    output.Values |> Seq.iteri (fun at value -> values[at] <- sbyte value)
                    struct (output.Sizes, values)))

    /// The output of `Executor.run`, by so many threads; the same for any number of them.
    let run (threads: int) (prepared: PreparedLayer) (input: IntegerTensor) : Result<IntegerTensor, ExecutionFault> =
        wholesInto threads prepared input GC.AllocateUninitializedArray
        |> Result.map (fun (struct (sizes, values)) ->
            {
                IntegerTensor.Sizes = sizes
                Values = ImmutableCollectionsMarshal.AsImmutableArray values
            })

    /// The same into an array of one's own, so that running again and again takes no new memory. Gives the output's sizes; an
    /// array too short for them is refused by an exception. After a fault its values mean nothing.
    let runInto
        (threads: int)
        (prepared: PreparedLayer)
        (input: IntegerTensor)
        (output: int array)
        : Result<ImmutableArray<int>, ExecutionFault> =
        wholesInto threads prepared input (own output) |> Result.map (fun (struct (sizes, _)) -> sizes)

    /// As `run`, on stored values of 8 bits, for a layer whose output has 8 bits; another one is refused by an exception.
    let runBytes (threads: int) (prepared: PreparedLayer) (input: ByteTensor) : Result<ByteTensor, ExecutionFault> =
        bytesInto threads prepared input GC.AllocateUninitializedArray
        |> Result.map (fun (struct (sizes, values)) ->
            {
                ByteTensor.Sizes = sizes
                Values = ImmutableCollectionsMarshal.AsImmutableArray values
            })

    /// As `runInto`, on stored values of 8 bits.
    let runBytesInto
        (threads: int)
        (prepared: PreparedLayer)
        (input: ByteTensor)
        (output: sbyte array)
        : Result<ImmutableArray<int>, ExecutionFault> =
        bytesInto threads prepared input (own output) |> Result.map (fun (struct (sizes, _)) -> sizes)
