/// What somebody may have meant by a name that there is not.
module QuantFunctional.Cli.Commands.Nearest

/// How many letters must be added, removed or replaced to get from one name to the other.
let private distance (first: string) (second: string) : int =
    let next (row: int array) (letter: char) =
        ((row[0] + 1, [ row[0] + 1 ]), Seq.indexed second)
        ||> Seq.fold (fun (left, cells) (i, other) ->
            let replaced = row[i] + (if letter = other then 0 else 1)
            let cell = min replaced (1 + min left row[i + 1])
            cell, cell :: cells)
        |> snd
        |> List.rev
        |> Array.ofList

    first |> Seq.fold next [| 0 .. second.Length |] |> Array.last

/// The names nearest to one, at most so many: those that contain it before the others.
let names (most: int) (known: string seq) (wanted: string) : string list =
    known
    |> Seq.distinct
    |> Seq.sortBy (fun name ->
        not (name.Contains(wanted, System.StringComparison.OrdinalIgnoreCase)), distance wanted name)
    |> Seq.truncate most
    |> List.ofSeq
