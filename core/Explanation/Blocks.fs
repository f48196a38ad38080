namespace QuantFunctional.FSharp

open System

/// The heading of a column, and the side that its cells stand on.
[<RequireQualifiedAccess; NoComparison>]
type Column =
    | Left of string
    | Right of string

    /// The words of the heading.
    member c.Heading =
        match c with
        | Left heading
        | Right heading -> heading

    override c.ToString() = c.Heading

/// A piece of a text that people read.
[<RequireQualifiedAccess; NoComparison>]
type Block =
    | Title of string
    | Section of string
    /// Sentences, one below the other.
    | Lines of string list
    /// Numbered sentences, each with others below it.
    | Items of (int * string * string list) list
    | Table of Column list * string list list

    override b.ToString() =
        match b with
        | Title text
        | Section text -> text
        | Lines lines -> String.concat " " lines
        | Items items -> ShortText.counted items.Length "item"
        | Table(_, rows) -> ShortText.counted rows.Length "row"

/// Blocks as plain text or as Markdown.
[<RequireQualifiedAccess>]
module Blocks =

    let private usualWidth = 100

    /// The words of a text in lines, the second and later ones indented.
    let private wrap (width: int) (indent: string) (hang: string) (text: string) : string list =
        let add (lines: string list, line: string) (word: string) =
            if line.Length + 1 + word.Length <= width then
                lines, $"{line} {word}"
            else
                line :: lines, hang + word

        let words = text.Split ' '
        let lines, last = words |> Array.skip 1 |> Array.fold add ([], indent + words[0])
        List.rev (last :: lines)

    let private columns (headings: Column list) (rows: string list list) =
        headings
        |> List.mapi (fun i column ->
            let cells = rows |> List.map (List.item i >> String.length)
            struct (column, List.max (column.Heading.Length :: cells)))

    let private tableText (headings: Column list) (rows: string list list) : string list =
        let columns = columns headings rows

        let line (cells: string list) =
            (columns, cells)
            ||> List.map2 (fun (struct (column, size)) cell ->
                match column with
                | Column.Left _ -> cell.PadRight size
                | Column.Right _ -> cell.PadLeft size)
            |> String.concat "  "
            |> fun text -> ("  " + text).TrimEnd()

        [
            line (headings |> List.map _.Heading)
            line (columns |> List.map (fun (struct (_, size)) -> String('-', size)))
            yield! rows |> List.map line
        ]

    let private text (width: int) table (block: Block) : string list =
        let wrap = wrap width

        match block with
        | Block.Title title -> [ title; String('=', title.Length) ]
        | Block.Section title -> [ title ]
        | Block.Lines lines -> lines |> List.collect (wrap "  " "    ")
        | Block.Items items ->
            items
            |> List.collect (fun (number, item, below) ->
                wrap "  " "    " $"{number}. {item}" @ List.collect (wrap "    - " "      ") below)
        | Block.Table(headings, rows) -> table headings rows

    /// Plain text in lines of at most so many columns, with tables as somebody else lays them out.
    let toTextIn
        (width: int)
        (table: Column list -> string list list -> string list)
        (blocks: Block list)
        : string list =
        let text = text width table

        let separated (before: Block) (block: Block) =
            match before, block with
            | (Block.Section _ | Block.Lines _), (Block.Lines _ | Block.Items _ | Block.Table _) -> text block
            | _ -> "" :: text block

        match blocks with
        | [] -> []
        | first :: _ ->
            text first @ (List.pairwise blocks |> List.collect (fun (before, block) -> separated before block))

    /// Plain text in lines of at most 100 columns, tables apart.
    let toText (blocks: Block list) : string list = toTextIn usualWidth tableText blocks

    // what Markdown would take for its own signs
    let private escaped (text: string) : string =
        text
        |> String.collect (fun letter ->
            if "\\`*_<>|[]#~".Contains letter then
                $"\\{letter}"
            else
                $"{letter}")

    let private row (cells: string list) =
        let cells = String.Join(" | ", cells)
        $"| {cells} |"

    let private markdown (block: Block) : string list =
        match block with
        | Block.Title title -> [ $"# {escaped title}" ]
        | Block.Section title -> [ $"## {escaped title}" ]
        | Block.Lines lines -> lines |> List.map (fun line -> $"- {escaped line}")
        | Block.Items items ->
            items
            |> List.collect (fun (number, item, below) ->
                let mark = $"{number}. "
                let indent = String(' ', mark.Length)
                $"{mark}{escaped item}" :: (below |> List.map (fun line -> $"{indent}- {escaped line}")))
        | Block.Table(headings, rows) ->
            [
                row (headings |> List.map (_.Heading >> escaped))
                row (
                    headings
                    |> List.map (fun heading ->
                        match heading with
                        | Column.Left _ -> ":--"
                        | Column.Right _ -> "--:")
                )
                yield! rows |> List.map (List.map escaped >> row)
            ]

    /// GitHub's Markdown.
    let toMarkdown (blocks: Block list) : string list =
        blocks
        |> List.mapi (fun i block -> if i = 0 then markdown block else "" :: markdown block)
        |> List.concat
