/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Cli.Output

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Serialization
open System.Threading.Tasks
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Onnx
open Spectre.Console

[<RequireQualifiedAccess>]
module ExitCode =
    let done' = 0
    let failed = 1
    let badInput = 2

/// Bad input: what is wrong, with file and field, and what to do.
let refuse (message: string) : 'value =
    raise (QuantException(FaultKind.BadInput, message))

// -- text --

let print (line: string) : unit = Console.Out.WriteLine line

/// A whole number in groups of three: 1,234,567.
let grouped (number: int64) : string =
    number.ToString("N0", CultureInfo.InvariantCulture)

let fixedPoint (digits: int) (number: float) : string =
    number.ToString($"F{digits}", CultureInfo.InvariantCulture)

/// As fixedPoint, with a sign where the number as printed is not zero.
let signed (digits: int) (number: float) : string =
    let zeros = String('0', digits)
    number.ToString($"+0.{zeros};-0.{zeros};0.{zeros}", CultureInfo.InvariantCulture)

let significant (digits: int) (number: float) : string =
    number.ToString($"G{digits}", CultureInfo.InvariantCulture)

/// A count and its noun: 1 layer, 2 layers.
let counted (count: int) (noun: string) : string =
    if count = 1 then
        $"1 {noun}"
    else
        $"{grouped count} {noun}s"

/// The words with commas between them, in lines of at most 80 characters.
let enumerated (words: string list) : string =
    (("", 0), words)
    ||> List.fold (fun (text, used) word ->
        if text = "" then
            word, word.Length
        elif used + word.Length + 2 < 80 then
            $"{text}, {word}", used + word.Length + 2
        else
            $"{text},\n{word}", word.Length)
    |> fst

/// A table on stdout, indented.
let printTable (columns: TextTable.Column list) (rows: string list list) : unit =
    for line in TextTable.lines columns rows do
        print $"  {line}"

// -- JSON --

/// JSON has no word for an infinity or for NaN.
type private FiniteOrNull() =
    inherit JsonConverter<float>()
    override _.Read(reader, _, _) = reader.GetDouble()

    override _.Write(writer, value, _) =
        if Double.IsFinite value then
            writer.WriteRawValue(RealText.ofDouble value, skipInputValidation = true)
        else
            writer.WriteNullValue()

let private json =
    let options =
        JsonSerializerOptions(
            JsonSerializerDefaults.General,
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = true,
            NewLine = "\n"
        )

    options.Converters.Add(FiniteOrNull())
    options.Converters.Add(JsonStringEnumConverter JsonNamingPolicy.CamelCase)
    options

/// One JSON document in UTF-8, whatever the terminal's encoding: the report's own members in their order.
let printJson (report: 'report) : unit =
    use out = Console.OpenStandardOutput()
    JsonSerializer.Serialize(out, report, json)
    out.WriteByte(byte '\n')

// -- messages --

/// A message on a line of its own.
let say (message: string) : unit =
    let line = message.ReplaceLineEndings " "
    Console.Error.WriteLine $"quantfn: {line.Trim()}"

let warn (message: string) : unit = say $"warning: {message}"

/// What is wrong with the command line, and whose help tells more.
let wrongUsage (verb: string) (message: string) : int =
    let command = $"quantfn {verb}".TrimEnd()
    say $"{message} Try '{command} --help'."
    ExitCode.badInput

/// One line for whatever went wrong, and the exit code.
let fault (error: exn) : int =
    let code =
        match error with
        | :? QuantException as expected ->
            say expected.Message

            if expected.Kind = FaultKind.BadInput then
                ExitCode.badInput
            else
                ExitCode.failed
        | :? OperationCanceledException ->
            say "cancelled; nothing was written."
            ExitCode.failed
        | unexpected ->
            say $"unexpected {unexpected.GetType().Name}: {unexpected.Message} (QUANTFN_DEBUG=1 shows where)"
            ExitCode.failed

    if Environment.GetEnvironmentVariable "QUANTFN_DEBUG" = "1" then
        Console.Error.WriteLine error

    code

// -- progress --

/// One bar for each stage. Reports arrive on the threads that do the work.
type private Bars(context: ProgressContext) =
    let bars = Dictionary<ProgressStage, ProgressTask>()

    interface IProgress<QuantizeProgress> with
        member _.Report progress =
            lock bars (fun () ->
                let bar =
                    match bars.TryGetValue progress.Stage with
                    | true, bar -> bar
                    | _ ->
                        let bar = context.AddTask(Markup.Escape progress.Text)
                        bars[progress.Stage] <- bar
                        bar

                bar.IsIndeterminate <- progress.Total <= 0
                bar.MaxValue <- float (max 1L progress.Total)
                bar.Value <- float progress.Done)

/// Does the work, with bars on stderr where that is a terminal.
let withProgress (work: (IProgress<QuantizeProgress> | null) -> Task<'result>) : Task<'result> =
    let console =
        AnsiConsole.Create(AnsiConsoleSettings(Out = AnsiConsoleOutput Console.Error))

    if Console.IsErrorRedirected || not console.Profile.Capabilities.Ansi then
        work null
    else
        console
            .Progress()
            .AutoClear(true)
            .Columns(TaskDescriptionColumn(), ProgressBarColumn(), PercentageColumn(), RemainingTimeColumn())
            .StartAsync(fun context -> work (Bars context))
