/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Commands.Output

open System
open System.Globalization
open System.Reflection
open System.Text.Encodings.Web
open System.Text.Json
open QuantFunctional.Cli

[<RequireQualifiedAccess>]
module ExitCode =
    let holds = 0
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

let fixedPoint (digits: int) (number: float) : string =
    number.ToString($"F{digits}", CultureInfo.InvariantCulture)

let private program =
    match Assembly.GetEntryAssembly() with
    | null -> ""
    | assembly -> string (assembly.GetName().Name)

let say (message: string) : unit =
    Console.Error.WriteLine $"{program}: {message}"

/// A table on stdout, indented.
let printTable (columns: TextTable.Column list) (rows: string list list) : unit =
    for line in TextTable.lines None columns rows do
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

/// Null where the text holds nothing of that kind.
let ofJson<'value when 'value: not null and 'value: not struct> (text: string) : 'value | null =
    JsonSerializer.Deserialize<'value>(text, options)

/// What a verb found: whether all of it holds, the text, and the document for machines.
[<NoEquality; NoComparison>]
type Report =
    {
        Passed: bool
        Show: unit -> unit
        Document: obj
    }
