/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Proofs.Output

open System
open System.Globalization
open System.Text.Encodings.Web
open System.Text.Json
open QuantFunctional.Cli
open Spectre.Console

[<RequireQualifiedAccess>]
module ExitCode =
    let proven = 0
    let failed = 1
    let badInput = 2

/// Wrong usage or bad input: what is wrong, and what to do.
exception BadInput of string

let refuse (message: string) : 'value = raise (BadInput message)

/// A whole number in groups of three: 1,234,567.
let grouped (number: int64) : string =
    number.ToString("N0", CultureInfo.InvariantCulture)

let fixedPoint (digits: int) (number: float) : string =
    number.ToString($"F{digits}", CultureInfo.InvariantCulture)

let say (message: string) : unit =
    Console.Error.WriteLine $"proofs: {message}"

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

/// Null where the text holds nothing of that kind.
let ofJson<'value when 'value: not null and 'value: not struct> (text: string) : 'value | null =
    JsonSerializer.Deserialize<'value>(text, options)

/// Does the work, with a bar and the time left on stderr where that is a terminal. The work reports how much was done since
/// its last report, from any thread.
let withProgress (name: string) (total: int64) (work: (int64 -> unit) -> 'result) : 'result =
    let console =
        AnsiConsole.Create(AnsiConsoleSettings(Out = AnsiConsoleOutput Console.Error))

    if Console.IsErrorRedirected || not console.Profile.Capabilities.Ansi then
        work ignore
    else
        console
            .Progress()
            .AutoClear(true)
            .Columns(TaskDescriptionColumn(), ProgressBarColumn(), PercentageColumn(), RemainingTimeColumn())
            .Start(fun context ->
                let bar = context.AddTask(Markup.Escape name, maxValue = float (max 1L total))
                work (fun amount -> lock bar (fun () -> bar.Increment(float amount))))

/// What a verb found: whether all of it holds, the text, and the document for machines.
[<NoEquality; NoComparison>]
type Report =
    {
        Passed: bool
        Show: unit -> unit
        Document: obj
    }
