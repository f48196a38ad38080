/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Processors.Output

open System
open System.Globalization
open System.Text.Encodings.Web
open System.Text.Json
open QuantFunctional.Cli

[<RequireQualifiedAccess>]
module ExitCode =
    let same = 0
    let failed = 1
    let badInput = 2

/// Wrong usage or bad input: what is wrong, and what to do.
exception BadInput of string

let refuse (message: string) : 'value = raise (BadInput message)

/// The work failed: what happened.
exception Failed of string

let fail (message: string) : 'value = raise (Failed message)

/// A whole number in groups of three: 1,234,567.
let grouped (number: int64) : string =
    number.ToString("N0", CultureInfo.InvariantCulture)

let say (message: string) : unit =
    Console.Error.WriteLine $"processors: {message}"

/// A table on stdout, indented.
let printTable (columns: TextTable.Column list) (rows: string list list) : unit =
    for line in TextTable.lines columns rows do
        Console.Out.WriteLine $"  {line}"

let private options =
    JsonSerializerOptions(
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n"
    )

let toJson (value: 'value) : string =
    JsonSerializer.Serialize(value, options)

/// What a verb found: whether all of it holds, the text, and the document for machines.
[<NoEquality; NoComparison>]
type Report =
    {
        Passed: bool
        Show: unit -> unit
        Document: obj
    }
