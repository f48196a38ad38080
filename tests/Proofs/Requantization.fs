namespace QuantFunctional.Proofs

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open QuantFunctional
open QuantFunctional.Commands

/// What a pair's run showed.
type PairResult =
    {
        Profile: string
        Path: string
        Rounding: string
        Multiplier: int
        Shift: int
        Sampled: bool
        Accumulators: int64
        Seconds: float
    }

/// What the whole run showed.
type RequantizationResult =
    {
        Passed: bool
        Quick: bool
        Digest: string
        Pairs: PairResult array
        Shifts: Shifts.Row list
        Differences: Difference array
    }

/// Every accumulator of every pair, or a part of them that says that it is one.
[<RequireQualifiedAccess>]
module Requantization =

    [<NoComparison>]
    type Options =
        {
            List: string
            Source: string
            State: string option
            Threads: int
            Quick: bool
        }

    /// The list, committed or a file's.
    let listOf (file: string option) : string * string =
        match file with
        | None -> "pairs.csv", Pairs.committed
        | Some file when File.Exists file -> file, File.ReadAllText file
        | Some file -> Output.refuse $"{file}: there is no such file; leave --pairs out for the committed list."

    let private pieces = 64
    let private pieceSize = 1L <<< 26
    let private quickStep = 521L
    let private sample (quick: bool) = if quick then 100_000 else 4_000_000

    /// A piece of all 2^32 accumulators, as far as the pair takes them.
    let private piece (pairs: Pair array) (index: int) (number: int) : Piece =
        let domain = pairs[index].Domain
        let first = int64 Int32.MinValue + int64 number * pieceSize

        {
            Pair = index
            First = max domain.Low first
            Last = min domain.High (first + pieceSize - 1L)
            Step = 1L
        }

    let private result (pair: Pair) (accumulators: int64) (seconds: float) : PairResult =
        {
            Profile = pair.Profile
            Path = pair.Path
            Rounding = pair.RoundingName
            Multiplier = pair.Multiplier
            Shift = pair.Shift
            Sampled = pair.IsSampled
            Accumulators = accumulators
            Seconds = seconds
        }

    /// Corners, values next to ties, and seeded ones.
    let private sampled (quick: bool) (index: int) (pair: Pair) : PairResult * Difference option =
        let started = Stopwatch.GetTimestamp()
        let tried = ref 0L

        let accumulators =
            Seq.concat
                [
                    Seq.ofArray (Corners.ofRange pair.Domain)
                    Seq.ofArray (Corners.nearTies index (sample quick / 16) pair)
                    Corners.random index (sample quick) pair.Domain
                ]
            |> Seq.map (fun accumulator ->
                tried.Value <- tried.Value + 1L
                accumulator)

        let found = Sweep.differenceOf pair accumulators
        result pair tried.Value (Stopwatch.GetElapsedTime started).TotalSeconds, found

    /// Every accumulator of the pairs that have 32 bits.
    let private exhaustive (options: Options) (digest: string) (pairs: Pair array) =
        let state =
            match options.State with
            | Some file -> State.read digest pairs.Length file
            | None -> State.fresh digest pairs.Length

        let work =
            [|
                for index in 0 .. pairs.Length - 1 do
                    for number in 0 .. pieces - 1 do
                        let piece = piece pairs index number

                        if piece.Count > 0L && not (State.has number state.Pairs[index]) then
                            piece
            |]

        let differences = List<Difference>()

        Progress.during "every accumulator" (work |> Array.sumBy _.Count) (fun report ->
            Sweep.run options.Threads pairs work (fun piece seconds found ->
                match found with
                | Some difference -> differences.Add difference
                | None ->
                    let number = int ((piece.First - int64 Int32.MinValue) / pieceSize)
                    let added = State.add number piece.Count seconds state.Pairs[piece.Pair]
                    state.Pairs[piece.Pair] <- added
                    options.State |> Option.iter (fun file -> State.write file state)

                report piece.Count))

        let results =
            Array.map2
                (fun pair (done': PairProgress) -> result pair done'.Accumulators done'.Seconds)
                pairs
                state.Pairs

        results, differences

    /// Every so manieth accumulator of these pairs, and what lies beside powers of two and ties.
    let private strided (options: Options) (pairs: Pair array) =
        let seconds, tried =
            Array.zeroCreate<float> pairs.Length, Array.zeroCreate<int64> pairs.Length

        let differences = List<Difference>()

        let corners (pair: Pair) =
            Array.append (Corners.ofRange pair.Domain) (Corners.nearTies 5 4_096 pair)

        let work =
            pairs
            |> Array.mapi (fun index pair ->
                {
                    Pair = index
                    First = pair.Domain.Low
                    Last = pair.Domain.High
                    Step = quickStep
                })

        Progress.during $"every {quickStep}st accumulator" (work |> Array.sumBy _.Count) (fun report ->
            Sweep.run options.Threads pairs work (fun piece taken found ->
                seconds[piece.Pair] <- taken
                tried[piece.Pair] <- if found.IsNone then piece.Count else 0L
                Option.iter differences.Add found
                report piece.Count))

        let results =
            work
            |> Array.map (fun piece ->
                let pair = pairs[piece.Pair]
                let corners = corners pair
                Sweep.differenceOf pair corners |> Option.iter differences.Add
                result pair (tried[piece.Pair] + int64 corners.Length) seconds[piece.Pair])

        results, differences

    let run (options: Options) : RequantizationResult =
        let pairs = Pairs.ofText options.Source options.List
        let digest = State.digest options.List
        let exact = pairs |> Array.filter (fun pair -> not pair.IsSampled)

        let results, differences =
            if options.Quick then
                strided options exact
            else
                exhaustive options digest exact

        let samples, sampleDifferences =
            pairs |> Array.filter _.IsSampled |> Array.mapi (sampled options.Quick) |> Array.unzip

        let shifts = Shifts.all ()

        let differences =
            Array.append (differences.ToArray()) (Array.choose id sampleDifferences)

        {
            Passed = differences.Length = 0 && shifts |> List.forall (fun row -> row.Differences = 0L)
            Quick = options.Quick
            Digest = digest
            Pairs = Array.append results samples
            Shifts = shifts
            Differences = differences
        }
