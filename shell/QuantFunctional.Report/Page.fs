/// The whole page.
module internal QuantFunctional.Report.Page

open System.IO
open System.Text
open Giraffe.ViewEngine
open Plotly.NET
open QuantFunctional.Onnx

let private read (assembly: System.Reflection.Assembly) (resource: string) : string =
    match assembly.GetManifestResourceStream resource with
    | null -> invalidOp $"the assembly {assembly.GetName().Name} lacks {resource}"
    | stream ->
        use reader = new StreamReader(stream, Encoding.UTF8)
        reader.ReadToEnd()

let private own (resource: string) : string =
    read (System.Reflection.Assembly.GetExecutingAssembly()) resource

let private plotly () : string =
    let assembly = typeof<Layout>.Assembly

    assembly.GetManifestResourceNames()
    |> Array.find (fun name -> name.EndsWith(".min.js", System.StringComparison.Ordinal))
    |> read assembly

let private sections =
    [
        "quality", "Quality"
        "choices", "Choices"
        "budget", "Error budget"
        "values", "Values"
        "weights", "Weights"
        "float", "In float"
        "layers", "Layers"
        "processors", "Processors"
        "warnings", "Warnings"
    ]

/// No address may be asked for anything, whatever a script or a name holds.
let private policy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"

let private head' (title': string) : XmlNode =
    head
        []
        [
            meta [ _charset "utf-8" ]
            meta [ _httpEquiv "Content-Security-Policy"; _content policy ]
            meta [ _name "viewport"; _content "width=device-width, initial-scale=1" ]
            meta [ _name "color-scheme"; _content "light dark" ]
            title [] [ str title' ]
            link [ _rel "icon"; _href "data:," ]
            style [] [ rawText (own "page.css") ]
        ]

let private header' (facts: ReportFacts) (name: string) : XmlNode =
    header
        []
        [
            h1 [] [ str name; str " in integers" ]
            p
                [ _class "target" ]
                [
                    str $"{facts.Precision} for the target {facts.Profile}, ranges by {facts.Ranges}"
                ]
            Quality.keyFigures facts
            nav
                [ attr "aria-label" "Sections" ]
                [
                    ul [] [ for id, text in sections -> li [] [ a [ _href $"#{id}" ] [ str text ] ] ]
                ]
        ]

/// The page as a document.
let document (facts: ReportFacts) : XmlNode =
    let name = Text.fileName facts.Model

    html
        [ _lang "en" ]
        [
            head' $"{name}: what its quantization cost"
            body
                []
                [
                    header' facts name
                    main
                        []
                        [
                            noscript
                                []
                                [
                                    Html.paragraph
                                        "The plots need scripts, which this viewer does not run; the tables hold the same."
                                ]
                            Quality.quality facts
                            Choices.section' facts
                            Budget.section' facts
                            Histograms.tensors facts
                            Histograms.layers facts
                            Places.floats facts
                            Layers.section' facts
                            Places.processors facts
                            Quality.warnings facts
                        ]
                    footer
                        []
                        [
                            str "Written by QuantFunctional. Plots: plotly.js "
                            str (Globals.PLOTLYJS_VERSION)
                            str " (MIT), in this file; nothing is fetched."
                        ]
                    script [] [ rawText (plotly ()) ]
                    script [] [ rawText (own "page.js") ]
                ]
        ]
