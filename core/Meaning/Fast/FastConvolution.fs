namespace QuantFunctional.FSharp

#nowarn "3535"

open System
open System.Buffers
open System.Runtime.InteropServices
open System.Threading.Tasks
open QuantFunctional

/// Convolutions by vectors: each group's input is laid out as planes, over which a tap of the kernel is an offset.
[<RequireQualifiedAccess>]
module internal FastConvolution =

    /// So many pieces of work that do not touch each other.
    let inParallel (threads: int) (count: int) (work: int -> unit) : unit =
        if threads < 2 || count < 2 then
            for i in 0 .. count - 1 do
                work i
        else
            Parallel.For(0, count, ParallelOptions(MaxDegreeOfParallelism = threads), work) |> ignore

    /// One group of one sample.
    [<NoComparison; NoEquality>]
    type private Piece =
        {
            Layer: IntegerLayer
            Vectors: VectorForm
            Planes: Planes
            /// All planes of the group, one for each pair or quad of input channels.
            Inputs: int array
            Group: int
            /// For each output channel of the group so many places, those between the rows among them.
            Places: int
            Output: FastOutput
        }

    // rounded up, since the last tile reads and writes past the last output
    let private roundUp count size = (count + size - 1) / size * size

    [<Literal>]
    let private ChunkPlaces = 1024

    /// One output channel at a time: where a group has too few channels for a tile.
    let private channelByChannel<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> (threads: int) (piece: Piece) =
        let shape, planes = piece.Layer.Shape, piece.Planes
        let perGroup = shape.Channels / shape.Groups
        let steps = PackedWeights.lanes piece.Vectors.Lanes shape * planes.Taps.Length

        let offsets =
            Array.init steps (fun step ->
                step / planes.Taps.Length * planes.Size + planes.Taps[step % planes.Taps.Length])

        let chunks = (piece.Places + ChunkPlaces - 1) / ChunkPlaces

        inParallel threads (perGroup * chunks) (fun index ->
            let channel, first = index / chunks, index % chunks * ChunkPlaces
            let places = min ChunkPlaces (piece.Places - first)
            let sums = ArrayPool<int>.Shared.Rent ChunkPlaces

            let block =
                piece.Group * PackedWeights.blocks shape + channel / PairKernels.Channels

            let weights = block * steps * PairKernels.Channels + channel % PairKernels.Channels

            PairKernels.single<'L, 'V>(
                &piece.Inputs[first],
                offsets,
                &piece.Vectors.Weights[weights],
                &sums[0],
                places
            )

            Requantizer.run<'L, 'V>(piece.Vectors.Requantizer, piece.Group * perGroup + channel, &sums[0], places)
            FastOutput.save<'L, 'V>(piece.Output, channel * piece.Places + first, &sums[0], places)
            ArrayPool<int>.Shared.Return sums)

    /// The first entry at a multiple of 64 bytes; a vector that lies in two cache lines is read twice.
    let private aligned (array: int array) : int =
        let address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0)
        int (-address &&& 63n) / 4

    let private tileByTile<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> (threads: int) (piece: Piece) =
        let shape, planes = piece.Layer.Shape, piece.Planes
        let perGroup = shape.Channels / shape.Groups

        let lanes, blocks =
            PackedWeights.lanes piece.Vectors.Lanes shape, PackedWeights.blocks shape

        let steps = PackedWeights.steps piece.Vectors.Lanes shape
        let width = PairKernels.Vectors * 'L.Count

        inParallel threads (piece.Places / width) (fun tile ->
            let rented = ArrayPool<int>.Shared.Rent(steps * width + 16)
            let panel = &rented[aligned rented]
            let sums = ArrayPool<int>.Shared.Rent(PairKernels.Channels * width)

            match piece.Vectors.Lanes with
            | LaneForm.Pairs
            | LaneForm.Quads -> PanelGathering.gather<'L, 'V>(planes, lanes, piece.Inputs, tile * width, &panel)
            | LaneForm.Neighbours ->
                PanelGathering.gatherNeighbours<'L, 'V>(planes, shape, piece.Inputs, tile * width, &panel)

            for block in 0 .. blocks - 1 do
                let weights = (piece.Group * blocks + block) * steps * PairKernels.Channels
                PairKernels.tile<'L, 'V>(&panel, &piece.Vectors.Weights[weights], steps, &sums[0])
                let first = block * PairKernels.Channels

                for channel in first .. min perGroup (first + PairKernels.Channels) - 1 do
                    let row = &sums[(channel - first) * width]
                    Requantizer.run<'L, 'V>(piece.Vectors.Requantizer, piece.Group * perGroup + channel, &row, width)
                    FastOutput.save<'L, 'V>(piece.Output, channel * piece.Places + tile * width, &row, width)

            ArrayPool<int>.Shared.Return sums
            ArrayPool<int>.Shared.Return rented)

    /// Leaves out the places between the rows of outputs.
    let private compact threads (piece: Piece) (target: FastOutput) (into: int) =
        let planes = piece.Planes
        let length = planes.Last.Outputs
        let outputs = length * planes.OutputRows.Length
        let shape = piece.Layer.Shape

        inParallel threads (shape.Channels / shape.Groups) (fun channel ->
            for row in 0 .. planes.OutputRows.Length - 1 do
                let from = channel * piece.Places + planes.OutputRows[row]
                FastOutput.copy (piece.Output, from, target, into + channel * outputs + row * length, length))

    /// Lays out the plane of channels that share an int32: so many, which begin at a place of the input.
    let private fill<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (layer: IntegerLayer)
        (planes: Planes)
        (positions: int)
        (source: InputSource)
        (vectors: VectorForm)
        (first: int)
        (channels: int)
        (inputs: int array)
        (into: int)
        : unit =
        let count = channels * positions
        let empty = vectors.Factor layer.Input.ZeroPoint &&& 0xFFFF

        match vectors.Lanes with
        | LaneForm.Pairs
        | LaneForm.Neighbours ->
            let values = ArrayPool<int16>.Shared.Rent count
            source.Factors.Invoke(first, Span(values, 0, count))

            let pairs: PairSource<'L, 'V> =
                {
                    Values = values
                    Even = 0
                    Odd = (channels - 1) * positions
                }

            PlaneFilling.plane (planes, pairs, empty ||| (empty <<< 16), inputs, into)
            ArrayPool<int16>.Shared.Return values
        | LaneForm.Quads ->
            let values = ArrayPool<byte>.Shared.Rent count
            source.Bytes.Invoke(first, Span(values, 0, count))

            let quads: QuadSource =
                {
                    Values = values
                    Places = positions
                    Channels = channels
                }

            PlaneFilling.plane (planes, quads, empty * 0x01010101, inputs, into)
            ArrayPool<byte>.Shared.Return values

    /// The outputs of so many samples, laid out as the input is.
    let run<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (threads: int)
        (layer: IntegerLayer)
        (vectors: VectorForm)
        (planes: Planes)
        (samples: int)
        (positions: int)
        (source: InputSource)
        (target: FastOutput)
        : unit =
        let shape, perLane = layer.Shape, vectors.Lanes.Channels

        let perGroup, lanes =
            shape.Channels / shape.Groups, PackedWeights.lanes vectors.Lanes shape

        let outputs = planes.Last.Outputs * planes.OutputRows.Length
        let alone = perGroup < 3 && vectors.Lanes <> LaneForm.Neighbours

        let places =
            roundUp planes.Extent ((if alone then 4 else PairKernels.Vectors) * 'L.Count)

        let pieces = samples * shape.Groups
        let outer, inner = if pieces >= 2 * threads then threads, 1 else 1, threads

        inParallel outer pieces (fun index ->
            let group = index % shape.Groups
            let inputs = ArrayPool<int>.Shared.Rent(lanes * planes.Size + places)

            inParallel inner lanes (fun lane ->
                let first = (index * shape.Inputs + perLane * lane) * positions
                let channels = min perLane (shape.Inputs - perLane * lane)
                fill<'L, 'V> layer planes positions source vectors first channels inputs (lane * planes.Size))

            let piece =
                {
                    Layer = layer
                    Vectors = vectors
                    Planes = planes
                    Inputs = inputs
                    Group = group
                    Places = places
                    Output = FastOutput.rent (FastOutput.isBytes target) (perGroup * places)
                }

            if alone then
                channelByChannel<'L, 'V> inner piece
            else
                tileByTile<'L, 'V> inner piece

            compact inner piece target (index * perGroup * outputs)
            FastOutput.giveBack piece.Output
            ArrayPool<int>.Shared.Return inputs)
