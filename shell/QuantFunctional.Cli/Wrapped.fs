/// Text in lines of some width.
module QuantFunctional.Cli.Wrapped

/// The text broken between words. A longer word has a line of its own.
let lines (width: int) (text: string) : string list =
    ([], text.Split ' ')
    ||> Array.fold (fun lines word ->
        match lines with
        | (line: string) :: before when line.Length + 1 + word.Length <= width -> $"{line} {word}" :: before
        | _ -> word :: lines)
    |> List.rev
