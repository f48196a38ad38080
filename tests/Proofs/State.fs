namespace QuantFunctional.Proofs

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open QuantFunctional.Commands

/// How much of a pair is done: which of its pieces, in hex with the first in the lowest bit.
type PairProgress =
    {
        Pieces: string
        Accumulators: int64
        Seconds: float
    }

/// What a run that was stopped has proven so far, and of what.
type ProgressFile =
    {
        Version: int
        Digest: string
        Pairs: PairProgress array
    }

/// The progress of a run, in memory and in a file that replaces its elder whole.
[<RequireQualifiedAccess>]
module State =

    let private version = 1

    /// A hash of the code that is checked, of the definition and of the list of pairs. Line ends do not count.
    let digest (list: string) : string =
        [
            "Requantize.fs"
            "FixedPoint.fs"
            "Requantizer.fs"
            "PairLanes512.fs"
            "PairLanes256.fs"
            "PairLanes128.fs"
            "Definition.fs"
        ]
        |> List.map Pairs.embedded
        |> fun sources -> String.Join("\n", list :: sources).Replace("\r", "")
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower

    let private none =
        {
            Pieces = "0"
            Accumulators = 0L
            Seconds = 0.0
        }

    let private bits (progress: PairProgress) =
        UInt64.Parse(progress.Pieces, Globalization.NumberStyles.HexNumber)

    /// True where the piece of that number is done.
    let has (piece: int) (progress: PairProgress) : bool = (bits progress >>> piece) &&& 1UL = 1UL

    let add (piece: int) (accumulators: int64) (seconds: float) (progress: PairProgress) : PairProgress =
        {
            Pieces = (bits progress ||| (1UL <<< piece)).ToString "x"
            Accumulators = progress.Accumulators + accumulators
            Seconds = progress.Seconds + seconds
        }

    /// Nothing done of so many pairs.
    let fresh (digest: string) (pairs: int) : ProgressFile =
        {
            Version = version
            Digest = digest
            Pairs = Array.create pairs none
        }

    let private isSound (pairs: int) (state: ProgressFile) =
        let isHex (progress: PairProgress) =
            UInt64.TryParse(progress.Pieces, Globalization.NumberStyles.HexNumber, null, ref 0UL)

        state.Version = version && state.Pairs.Length = pairs && Array.forall isHex state.Pairs

    /// The progress of a file; fresh where there is none. Refused: the progress of other code or of another list.
    let read (digest: string) (pairs: int) (file: string) : ProgressFile =
        if not (File.Exists file) then
            fresh digest pairs
        else
            let state =
                try
                    Output.ofJson<ProgressFile>(File.ReadAllText file)
                with :? JsonException ->
                    null

            match state with
            | null -> Output.refuse $"{file}: it is not a progress file; name another, or remove it."
            | state when state.Digest <> digest ->
                Output.refuse
                    $"{file}: its digest is {state.Digest}, that of this code and list {digest}; remove it to begin anew."
            | state when isSound pairs state -> state
            | _ -> Output.refuse $"{file}: it does not fit the list's {pairs} pairs; remove it to begin anew."

    /// Writes beside the file and moves, so that a stop at any moment leaves a whole file.
    let write (file: string) (state: ProgressFile) : unit =
        let beside = file + ".new"
        File.WriteAllText(beside, Output.toJson state + "\n")
        File.Move(beside, file, overwrite = true)
