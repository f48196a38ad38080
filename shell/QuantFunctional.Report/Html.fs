/// The parts of a page that sections share. Giraffe escapes what `str` and attributes hold.
module internal QuantFunctional.Report.Html

open Giraffe.ViewEngine

/// The heading of a column, and the side that its cells stand on.
type Column =
    | Left of string
    | Right of string

/// A section with an anchor.
let section' (id: string) (heading: string) (content: XmlNode list) : XmlNode =
    section [ _id id; attr "aria-labelledby" $"{id}-heading" ] (h2 [ _id $"{id}-heading" ] [ str heading ] :: content)

let paragraph (text: string) : XmlNode = p [] [ str text ]

/// A table that scrolls sideways where it is too wide.
let table' (columns: Column list) (rows: XmlNode list list) (title: string) : XmlNode =
    let sides =
        columns
        |> List.map (fun column ->
            match column with
            | Left _ -> ""
            | Right _ -> "number")

    let heading column =
        match column with
        | Left text -> th [ attr "scope" "col" ] [ str text ]
        | Right text -> th [ attr "scope" "col"; _class "number" ] [ str text ]

    let cell index side content =
        match index, side with
        | 0, _ -> th [ attr "scope" "row" ] [ content ]
        | _, "" -> td [] [ content ]
        | _ -> td [ _class side ] [ content ]

    div
        [
            _class "wide"
            attr "tabindex" "0"
            attr "role" "region"
            attr "aria-label" title
        ]
        [
            table
                []
                [
                    caption [] [ str title ]
                    thead [] [ tr [] (List.map heading columns) ]
                    tbody
                        []
                        [
                            for row in rows ->
                                tr
                                    []
                                    (List.zip sides row
                                     |> List.mapi (fun index (side, content) -> cell index side content))
                        ]
                ]
        ]

/// Cells of text alone.
let textTable (columns: Column list) (rows: string list list) (title: string) : XmlNode =
    table' columns (rows |> List.map (List.map str)) title

/// A name of a file's: it may be long, and breaks anywhere.
let name' (text: string) : XmlNode = code [] [ str text ]

/// What is there for who opens it.
let folded (heading: string) (content: XmlNode list) : XmlNode =
    details [] (summary [] [ str heading ] :: content)
