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

    member column.Text =
        match column with
        | Left heading
        | Right heading -> heading

type private PlainBorder() =
    inherit TableBorder()

    override _.GetPart part =
        match part with
        | TableBorderPart.HeaderBottom -> "-"
        | TableBorderPart.HeaderSeparator
        | TableBorderPart.HeaderBottomSeparator
        | TableBorderPart.CellSeparator -> "  "
        | _ -> ""

let private print (table: Table) : string list =
    use writer = new StringWriter()

    let settings =
        AnsiConsoleSettings(Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = AnsiConsoleOutput writer)

    let console = AnsiConsole.Create settings
    console.Profile.Width <- int Int16.MaxValue // the columns alone say where a line is broken
    console.Write table

    writer.ToString().Split('\n')
    |> Array.map _.TrimEnd()
    |> Array.filter (fun line -> line <> "")
    |> List.ofArray

/// The table, its columns of some widths; of their own where none are given.
let private render (widths: int list option) (columns: Column list) (rows: string list list) : string list =
    let table = Table(Border = PlainBorder())

    for index, column in List.indexed columns do
        let made =
            match column with
            | Left heading -> TableColumn(Text heading, Padding = Padding 0)
            | Right heading -> TableColumn(Text heading, Padding = Padding 0, Alignment = Justify.Right)

        widths |> Option.iter (fun widths -> made.Width <- widths[index])
        table.AddColumn made |> ignore

    for row in rows do
        row |> Seq.map (fun cell -> Text cell :> IRenderable) |> table.AddRow |> ignore

    print table

let private between = 2

let private narrowestText, private narrowestOfAll = 8, 4

let private longest (separators: char array) (texts: string list) : int =
    texts
    |> List.collect (fun text -> List.ofArray (text.Split separators))
    |> List.map _.Length
    |> List.max

/// The widths with the widest column that can spare one made narrower, one after the other, until they fit.
let rec private narrow (width: int) (least: int list) (widths: int list) : int list =
    let spare = List.map2 (-) widths least

    if List.sum widths + between * (widths.Length - 1) <= width || List.max spare <= 0 then
        widths
    else
        let widest =
            List.zip widths spare
            |> List.indexed
            |> List.filter (fun (_, (_, spare)) -> spare > 0)
            |> List.maxBy (fun (_, (width, _)) -> width)
            |> fst

        widths
        |> List.mapi (fun index width -> if index = widest then width - 1 else width)
        |> narrow width least

/// Widths that fit: columns of text are broken anywhere, those of numbers between words, and anywhere where that is not enough.
let private narrowed (width: int) (columns: Column list) (rows: string list list) : int list =
    let texts =
        columns |> List.mapi (fun index column -> column.Text :: List.map (List.item index) rows)

    let least =
        List.zip columns texts
        |> List.map (fun (column, texts) ->
            match column with
            | Left _ -> min narrowestText (longest [| '\n' |] texts)
            | Right _ -> longest [| '\n'; ' ' |] texts)

    texts
    |> List.map (longest [| '\n' |])
    |> narrow width least
    |> narrow width (least |> List.map (min narrowestOfAll))

let private fits (width: int) (lines: string list) : bool =
    lines |> List.forall (fun line -> line.Length <= width)

/// What every row of a column says, where all say the same.
let private common (rows: string list list) (index: int) : string option =
    match rows |> List.map (List.item index) |> List.distinct with
    | [ one ] when rows.Length > 1 -> Some one
    | _ -> None

/// The columns whose rows differ, and a line of what the others say in every row.
let private apart (columns: Column list) (rows: string list list) : Column list * string list list * string =
    let differing, same =
        List.indexed columns |> List.partition (fun (index, _) -> index = 0 || (common rows index).IsNone)

    let words =
        same
        |> List.choose (fun (index, column) ->
            common rows index
            |> Option.filter (fun cell -> cell <> "")
            |> Option.map (fun cell -> $"{column.Text.Replace('\n', ' ')} {cell}"))

    let kept = differing |> List.map fst
    let line = String.concat "; " words
    List.map snd differing, rows |> List.map (fun row -> kept |> List.map (fun index -> row[index])), line

/// The lines of a table in some width. A line break in a cell is kept. Where the width is too small, what is the same in all
/// rows is told below them, and cells are broken where that is not enough; without a width there is no other break.
let lines (width: int option) (columns: Column list) (rows: string list list) : string list =
    let whole = render None columns rows

    match width with
    | None -> whole
    | Some width when fits width whole -> whole
    | Some width ->
        let columns, rows, same = apart columns rows
        let table = render (Some(narrowed width columns rows)) columns rows

        if same = "" then
            table
        else
            table @ Wrapped.lines width $"In every row: {same}."
