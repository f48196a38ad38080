/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Proofs.Output

open System
open System.Globalization
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open Spectre.Console
open Spectre.Console.Rendering

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

/// The heading of a column, and the side that its cells stand on.
type Column =
    | Left of string
    | Right of string

/// Two spaces between the columns and a line under the headings, the same on a terminal and in a file.
type private PlainBorder() =
    inherit TableBorder()

    override _.GetPart part =
        match part with
        | TableBorderPart.HeaderBottom -> "-"
        | TableBorderPart.HeaderSeparator
        | TableBorderPart.HeaderBottomSeparator
        | TableBorderPart.CellSeparator -> "  "
        | _ -> ""

let printTable (columns: Column list) (rows: string list list) : unit =
    let table = Table(Border = PlainBorder())

    for column in columns do
        match column with
        | Left heading -> TableColumn(Text heading, Padding = Padding 0)
        | Right heading -> TableColumn(Text heading, Padding = Padding 0, Alignment = Justify.Right)
        |> table.AddColumn
        |> ignore

    for row in rows do
        row |> Seq.map (fun cell -> Text cell :> IRenderable) |> table.AddRow |> ignore

    use writer = new StringWriter()

    let settings =
        AnsiConsoleSettings(Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = AnsiConsoleOutput writer)

    let console = AnsiConsole.Create settings
    console.Profile.Width <- int Int16.MaxValue
    console.Write table

    for line in writer.ToString().Split '\n' do
        if not (String.IsNullOrWhiteSpace line) then
            Console.Out.WriteLine $"  {line.TrimEnd()}"

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
