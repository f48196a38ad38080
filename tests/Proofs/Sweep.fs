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

/// An accumulator for which the code and the definition differ.
[<NoComparison>]
type Difference =
    {
        Profile: string
        Path: string
        Multiplier: int
        Shift: int
        Accumulator: int64
        Code: int64
        Definition: int64
    }

    member d.Sentence =
        $"{d.Profile} on {d.Path}, multiplier {d.Multiplier}, shift {d.Shift}: of the accumulator {d.Accumulator} the code "
        + $"makes {d.Code}, the definition {d.Definition}"

/// Runs the very function that the executor calls, `Requantize.rounded`, beside the definition.
[<RequireQualifiedAccess>]
module Sweep =

    // so far apart that no difference is hidden by saturation; exact in float32
    let private unclamped = { Low = -(1L <<< 62); High = 1L <<< 62 }

    let code (pair: Pair) (accumulator: int64) : int64 =
        Requantize.rounded pair.Rounding pair.Multiplier pair.Shift unclamped accumulator

    /// Inlined for each rounding, so that the inner loop calls no closure.
    let inline private first (pair: Pair) (piece: Piece) ([<InlineIfLambda>] definition: int64 -> int64) =
        let rounding, multiplier, shift = pair.Rounding, pair.Multiplier, pair.Shift
        let mutable accumulator = piece.First
        let mutable equal = true

        while equal && accumulator <= piece.Last do
            if Requantize.rounded rounding multiplier shift unclamped accumulator <> definition accumulator then
                equal <- false
            else
                accumulator <- accumulator + piece.Step

        if equal then
            None
        else
            Some
                {
                    Profile = pair.Profile
                    Path = pair.Path
                    Multiplier = multiplier
                    Shift = shift
                    Accumulator = accumulator
                    Code = code pair accumulator
                    Definition = definition accumulator
                }

    /// The first accumulator of a piece for which the two differ.
    let difference (pair: Pair) (piece: Piece) : Difference option =
        let multiplier, shift = pair.Multiplier, pair.Shift
        let struct (normalised, exponent) = Definition.tfliteForm multiplier shift

        match pair.Rounding with
        | RequantizationRounding.OnceTiesUp -> first pair piece (fun a -> Definition.onceTiesUp multiplier shift a)
        | RequantizationRounding.TwiceGemmlowp ->
            first pair piece (fun a -> Definition.twiceGemmlowp normalised exponent a)
        | RequantizationRounding.OnceTiesUpReduced16 ->
            first pair piece (fun a -> Definition.onceTiesUpReduced16 normalised exponent a)
        | RequantizationRounding.SingleTiesToEven ->
            first pair piece (fun a -> Definition.singleTiesToEven multiplier shift a)

    /// The first of some accumulators for which the two differ.
    let differenceOf (pair: Pair) (accumulators: int64 seq) : Difference option =
        accumulators
        |> Seq.tryPick (fun accumulator ->
            difference
                pair
                {
                    Pair = 0
                    First = accumulator
                    Last = accumulator
                    Step = 1L
                })

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
                let found = difference pairs[piece.Pair] piece
                let seconds = (Stopwatch.GetElapsedTime started).TotalSeconds

                lock gate (fun () ->
                    Option.iter differences.Add found
                    finished piece seconds found)

                index <- Interlocked.Increment &next

        Parallel.Invoke(ParallelOptions(MaxDegreeOfParallelism = threads), Array.create threads (Action work))
