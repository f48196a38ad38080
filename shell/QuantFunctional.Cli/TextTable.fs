/// Tables of text: columns and a line under their headings, in ASCII, the same on a terminal and in a file.
module QuantFunctional.Cli.TextTable

open System
open System.IO
open Spectre.Console
open Spectre.Console.Rendering

/// The heading of a column, and the side that its cells stand on.
type Column =
    | Left of string
    | Right of string

type private PlainBorder() =
    inherit TableBorder()

    override _.GetPart part =
        match part with
        | TableBorderPart.HeaderBottom -> "-"
        | TableBorderPart.HeaderSeparator
        | TableBorderPart.HeaderBottomSeparator
        | TableBorderPart.CellSeparator -> "  "
        | _ -> ""

let private render (table: Table) : string seq =
    use writer = new StringWriter()

    let settings =
        AnsiConsoleSettings(Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = AnsiConsoleOutput writer)

    let console = AnsiConsole.Create settings
    console.Profile.Width <- int Int16.MaxValue // a row stays on its line, so that it can be searched for
    console.Write table

    writer.ToString().Split('\n')
    |> Array.map _.TrimEnd()
    |> Array.filter (fun line -> line <> "")
    |> Seq.ofArray

/// The lines of a table. A line break in a cell is kept, and there is no other.
let lines (columns: Column list) (rows: string list list) : string seq =
    let table = Table(Border = PlainBorder())

    for column in columns do
        match column with
        | Left heading -> TableColumn(Text heading, Padding = Padding 0)
        | Right heading -> TableColumn(Text heading, Padding = Padding 0, Alignment = Justify.Right)
        |> table.AddColumn
        |> ignore

    for row in rows do
        row |> Seq.map (fun cell -> Text cell :> IRenderable) |> table.AddRow |> ignore

    render table
