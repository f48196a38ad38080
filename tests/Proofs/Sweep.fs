namespace QuantFunctional.Proofs

open System
open System.Collections.Generic
open System.Diagnostics
open System.Threading
open System.Threading.Tasks
open QuantFunctional
open QuantFunctional.FSharp

/// Accumulators of a pair, from First to Last in equal steps.
[<Struct; NoComparison>]
type Piece =
    {
        Pair: int
        First: int64
        Last: int64
        Step: int64
    }

    /// How many there are.
    member p.Count =
        if p.Last < p.First then
            0L
        else
            (p.Last - p.First) / p.Step + 1L

/// An accumulator for which an executor and the definition differ.
[<NoComparison>]
type Difference =
    {
        Executor: string
        Profile: string
        Path: string
        Multiplier: int
        Shift: int
        Accumulator: int64
        Code: int64
        Definition: int64
    }

    member d.Sentence =
        $"{d.Profile} on {d.Path}, multiplier {d.Multiplier}, shift {d.Shift}: of the accumulator {d.Accumulator} the "
        + $"{d.Executor} executor makes {d.Code}, the definition {d.Definition}"

/// Runs the very functions that the executors call, `Requantize.rounded` and the fast executor's `Requantizer.run`, beside
/// the definition.
[<RequireQualifiedAccess>]
module Sweep =

    // a multiple of every vector's length
    let private block = 4096

    // so far apart that no difference is hidden by saturation; exact in float32
    let private unclamped = { Low = -(1L <<< 62); High = 1L <<< 62 }

    /// Inlined for each rounding, so that the loop calls no closure.
    let inline private fill (accumulators: int64 array) count (defined: int64 array) ([<InlineIfLambda>] definition) =
        for i in 0 .. count - 1 do
            defined[i] <- definition accumulators[i]

    let private define (pair: Pair) (accumulators: int64 array) (count: int) (defined: int64 array) =
        let multiplier, shift = pair.Multiplier, pair.Shift
        let struct (normalised, exponent) = Definition.tfliteForm multiplier shift

        match pair.Rounding with
        | RequantizationRounding.OnceTiesUp ->
            fill accumulators count defined (fun a -> Definition.onceTiesUp multiplier shift a)
        | RequantizationRounding.TwiceGemmlowp ->
            fill accumulators count defined (fun a -> Definition.twiceGemmlowp normalised exponent a)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            fill accumulators count defined (fun a -> Definition.onceTiesUpReduced16 normalised exponent a)
        | RequantizationRounding.SingleTiesToEven ->
            fill accumulators count defined (fun a -> Definition.singleTiesToEven multiplier shift a)

    /// What one thread needs to check blocks of a pair's accumulators.
    [<NoComparison; NoEquality>]
    type private Bench =
        {
            Pair: Pair
            Constants: RequantizationConstants
            Vectors: Requantizer voption
            Accumulators: int64 array
            Defined: int64 array
            Sums: int array
        }

    let private bench (pair: Pair) : Bench =
        {
            Pair = pair
            Constants = Requantize.constants pair.Rounding pair.Multiplier pair.Shift unclamped
            Vectors = Vectors.ofPair pair
            Accumulators = Array.zeroCreate block
            Defined = Array.zeroCreate block
            Sums = Array.zeroCreate block
        }

    let private difference (bench: Bench) (executor: string) (index: int) (code: int64) : Difference =
        {
            Executor = executor
            Profile = bench.Pair.Profile
            Path = bench.Pair.Path
            Multiplier = bench.Pair.Multiplier
            Shift = bench.Pair.Shift
            Accumulator = bench.Accumulators[index]
            Code = code
            Definition = bench.Defined[index]
        }

    let private plain (bench: Bench) (count: int) : Difference option =
        let accumulators, defined, constants =
            bench.Accumulators, bench.Defined, bench.Constants

        let mutable at = 0

        while at < count && Requantize.rounded constants accumulators[at] = defined[at] do
            at <- at + 1

        if at = count then
            None
        else
            Some(difference bench "plain" at (Requantize.rounded constants accumulators[at]))

    let private fast (bench: Bench) (count: int) : Difference option =
        match bench.Vectors with
        | ValueNone -> None
        | ValueSome requantizer ->
            let accumulators, defined, sums = bench.Accumulators, bench.Defined, bench.Sums
            let low, high = int64 requantizer.Low, int64 requantizer.High

            for i in 0 .. count - 1 do
                sums[i] <- int accumulators[i]

            Vectors.run requantizer sums
            let mutable at = 0

            while at < count && int64 sums[at] = Math.Clamp(defined[at], low, high) do
                at <- at + 1

            if at = count then
                None
            else
                Some(difference bench "fast" at (int64 sums[at]))

    /// The first of the bench's accumulators for which one of the executors differs.
    let private check (bench: Bench) (count: int) : Difference option =
        define bench.Pair bench.Accumulators count bench.Defined
        plain bench count |> Option.orElseWith (fun () -> fast bench count)

    /// The first accumulator of a piece for which one of the executors differs.
    let private differenceIn (pair: Pair) (piece: Piece) : Difference option =
        let bench, count = bench pair, piece.Count
        let mutable first, found = 0L, None

        while found.IsNone && first < count do
            let taken = int (min (int64 block) (count - first))

            for i in 0 .. taken - 1 do
                bench.Accumulators[i] <- piece.First + (first + int64 i) * piece.Step

            found <- check bench taken
            first <- first + int64 taken

        found

    /// The first of some accumulators for which one of the executors differs.
    let differenceOf (pair: Pair) (accumulators: int64 seq) : Difference option =
        let bench = bench pair

        accumulators
        |> Seq.chunkBySize block
        |> Seq.tryPick (fun some ->
            Array.Copy(some, bench.Accumulators, some.Length)
            check bench some.Length)

    /// Hands the pieces to so many threads, in their order; `finished` hears of each, one at a time. After the first
    /// difference no further piece is begun.
    let run
        (threads: int)
        (pairs: Pair array)
        (pieces: Piece array)
        (finished: Piece -> float -> Difference option -> unit)
        : unit =
        let mutable next = -1
        let gate = obj ()
        let differences = List<Difference>()

        let work () =
            let mutable index = Interlocked.Increment &next

            while index < pieces.Length && differences.Count = 0 do
                let piece = pieces[index]
                let started = Stopwatch.GetTimestamp()
                let found = differenceIn pairs[piece.Pair] piece
                let seconds = (Stopwatch.GetElapsedTime started).TotalSeconds

                lock gate (fun () ->
                    Option.iter differences.Add found
                    finished piece seconds found)

                index <- Interlocked.Increment &next

        Parallel.Invoke(ParallelOptions(MaxDegreeOfParallelism = threads), Array.create threads (Action work))
