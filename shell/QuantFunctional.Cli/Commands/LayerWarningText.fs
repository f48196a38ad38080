/// What the layers of a quantization are warned of, as text.
module QuantFunctional.Cli.Commands.LayerWarningText

open QuantFunctional.Cli
open QuantFunctional.Onnx

/// Only the worst layers of a cause are named.
let private layersNamed = 3

/// How many layers, and which are the first of them.
let private namedLayers (layers: string seq) : string =
    let count = Seq.length layers
    let named = layers |> Seq.truncate layersNamed |> String.concat ", "

    let rest =
        if count > layersNamed then
            $", {count - layersNamed} more"
        else
            ""

    $"""{Output.counted count "layer"} ({named}{rest})"""

/// Warnings of planned layers, those of one cause together.
let show (groups: LayerWarnings seq) : unit =
    for group in groups do
        let channels =
            if group.Channels = 0 then
                ""
            else
                $"""{Output.counted group.Channels "channel"} of """

        Output.print ""
        Output.print $"Layers     {channels}{namedLayers group.Layers}: {group.Cause} [{group.Code}];"

        Output.print $"           {group.Remedy}: --exclude {group.Layers[0]}"

/// Warnings of the weights, those of one text together.
let showOfWeights (layers: WeightOnlySummary seq) : unit =
    let warnings =
        [
            for layer in layers do
                for warning in layer.Warnings -> (warning.Message, warning.Code), layer.Name
        ]
        |> List.groupBy fst
        |> List.sortBy (fun (_, layers) -> -layers.Length)

    if not warnings.IsEmpty then
        Output.print ""

    for (message, code), layers in warnings do
        Output.print $"Layers     {namedLayers (List.map snd layers)}: {message} [{code}]"
