/// What a user sees: results on stdout, everything else on stderr, and the exit code.
module QuantFunctional.Cli.Output

open System
open System.Globalization
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Json.Serialization
open QuantFunctional
open QuantFunctional.FSharp

[<RequireQualifiedAccess>]
module ExitCode =
    let done' = 0
    let failed = 1
    let badInput = 2

/// Bad input: what is wrong, with file and field, and what to do.
let refuse (cause: Diagnostic) (message: string) : 'value = raise (cause.Fault message)

/// Refuses the first of some options that is given; `because` goes on after "does not go with".
let refuseBeside (options: (string * bool) list) (because: string) : unit =
    match options |> List.tryFind snd with
    | Some(option, _) -> refuse Diagnostics.OptionsExclude $"{option}: does not go with {because}."
    | None -> ()

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

/// The words with commas between them, in lines that fit beside the narrow columns of a table.
let enumerated (words: string list) : string =
    let most =
        match Terminal.width with
        | Some width -> min 80 (width - 22)
        | None -> 80

    let last = words.Length - 1

    words
    |> List.mapi (fun index word -> if index = last then word else $"{word},")
    |> String.concat " "
    |> Wrapped.lines (most - 1)
    |> String.concat "\n"

/// A table on stdout, indented.
let printTable (columns: TextTable.Column list) (rows: string list list) : unit =
    for line in TextTable.lines (Terminal.width |> Option.map (fun width -> width - 2)) columns rows do
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

/// Whether stdout holds the one document that a program reads there.
let mutable private isWritten = false

/// A command begins: nothing of it is on stdout.
let beginCommand () : unit = isWritten <- false

/// One JSON document on stdout, in UTF-8, whatever the terminal's encoding.
let writeJson (write: Stream -> unit) : unit =
    isWritten <- true
    use out = Console.OpenStandardOutput()
    write out

/// One JSON document: the report's own members in their order.
let printJson (report: 'report) : unit =
    writeJson (fun out ->
        JsonSerializer.Serialize(out, report, json)
        out.WriteByte(byte '\n'))

/// One JSON document, unless the result already is one.
let printJsonInstead (report: 'report) : unit =
    if not isWritten then
        printJson report

// -- messages --

/// A message with its code behind it, so that what is wrong and where stands first.
let coded (code: string) (message: string) : string = $"{message.TrimEnd()} [{code}]"

/// A message on a line of its own.
let say (message: string) : unit =
    let line = message.ReplaceLineEndings " "
    Console.Error.WriteLine $"quantfn: {line.Trim()}"

let warn (warning: ReportWarning) : unit =
    say (coded warning.Code $"warning: {warning.Message}")
