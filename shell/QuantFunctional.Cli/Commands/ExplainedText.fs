/// Explanations as text, as wide as the place that they are read in.
module QuantFunctional.Cli.Commands.ExplainedText

open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Cli

let private usualWidth = 100

let private table (width: int) (columns: Column list) (rows: string list list) : string list =
    let columns =
        columns
        |> List.map (fun column ->
            match column with
            | Column.Left heading -> TextTable.Left heading
            | Column.Right heading -> TextTable.Right heading)

    TextTable.lines (Some(width - 2)) columns rows |> List.map (fun line -> $"  {line}")

let of' (blocks: Block list) : string =
    match Terminal.width with
    | None -> Blocks.toText blocks
    | Some width -> Blocks.toTextIn (min usualWidth width) (table width) blocks
    |> String.concat "\n"

let ofLayer (layer: LayerExplanation) : string = of' (ExplanationReport.ofLayer layer)

let ofChannel (channel: int) (layer: LayerExplanation) : string =
    of' (ExplanationReport.ofChannel channel layer)

let ofLayers (layers: LayerExplanation seq) : string = of' (ExplanationReport.summary layers)

let ofWeights (layer: WeightOnlyExplanation) : string = of' (WeightOnlyReport.ofLayer layer)

let ofWeightChannel (channel: int) (layer: WeightOnlyExplanation) : string =
    of' (WeightOnlyReport.ofChannel channel layer)

let ofAllWeights (layers: WeightOnlyExplanation seq) : string = of' (WeightOnlyReport.summary layers)
