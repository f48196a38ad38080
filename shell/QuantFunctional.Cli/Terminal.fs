/// How wide the place is that a user reads in.
module QuantFunctional.Cli.Terminal

open System
open System.Globalization

let private narrowest, private widest = 60, 200

let private stated: int option =
    match Int32.TryParse(Environment.GetEnvironmentVariable "COLUMNS", CultureInfo.InvariantCulture) with
    | true, columns when columns > 0 -> Some columns
    | _ -> None

let private seen: int option =
    try
        if Console.IsOutputRedirected then
            None
        else
            Some Console.WindowWidth
    with _ ->
        None // there is no terminal to ask

/// Columns that text may take: what COLUMNS says, else those of the terminal, from 60 to 200. None in a file or pipe, where
/// a row stays on its line, so that it can be searched for.
let width: int option =
    stated
    |> Option.orElse seen
    |> Option.filter (fun columns -> columns > 0)
    |> Option.map (fun columns -> Math.Clamp(columns, narrowest, widest))
