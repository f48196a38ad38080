/// The products of which the weights alone are integers, as text.
module QuantFunctional.Cli.Commands.WeightLayersText

open QuantFunctional.Cli
open QuantFunctional.Onnx

let private share (file: int64) (bytes: int64) : string =
    Output.fixedPoint 1 (100.0 * float bytes / float file)

/// What became of each embedding.
let showEmbeddings (file: int64) (embeddings: EmbeddingSummary seq) : unit =
    for embedding in embeddings do
        let form =
            match embedding.Weights, Option.ofNullable embedding.BlockSize with
            | "float", _ -> "float"
            | name, Some size -> $"{name} in blocks of {size}"
            | name, None -> $"{name} with a step for each row"

        let rounded =
            Option.ofNullable embedding.SqnrDb
            |> Option.map (fun ratio -> $", {Output.fixedPoint 2 ratio} dB")
            |> Option.defaultValue ""

        let shared =
            match List.ofSeq embedding.SharedWith with
            | [] -> ""
            | products -> $"""; the same table as that of {String.concat ", " products}, stored once"""

        Output.print
            $"Embedding  {embedding.Name}: {form}, {Output.grouped (int64 embedding.Rows)} rows of {embedding.Columns}{rounded}, {Output.grouped embedding.Bytes} bytes ({share file embedding.Bytes} %% of the file){shared}"

/// The nodes whose weights were integers before: each, or how many of a kind there are where they are many.
let showAlready (all: bool) (nodes: QuantizedNode seq) : unit =
    let nodes = List.ofSeq nodes

    if not nodes.IsEmpty then
        let count = Output.counted nodes.Length "node"
        Output.print $"Quantized already, and as they were: {count}"

        if all || nodes.Length <= Graph.listed then
            nodes |> List.iter (fun node -> Output.print $"  {node}")
        else
            for (operator, bits), alike in nodes |> List.groupBy (fun node -> node.Operator, node.Bits) do
                Output.print $"  {alike.Length} {operator} of {bits} bits"

        Output.print ""

/// What became of each product, what share of the file it is, and what it is warned of.
let show (file: int64) (layers: WeightOnlySummary seq) : unit =
    // by samples, where there were any
    let areRounded = layers |> Seq.exists _.ErrorShare.HasValue

    let are8Bit = layers |> Seq.exists (fun layer -> layer.EightBitBecause <> null)

    Output.printTable
        [
            TextTable.Left "Layer"
            TextTable.Left "Operator"
            TextTable.Left "Weights"
            TextTable.Right "Block"
            TextTable.Right "Inputs"
            TextTable.Right "Channels"
            TextTable.Right "SQNR of\nweights (dB)"
            TextTable.Right "Of the\nfile (%)"
            if areRounded then
                TextTable.Right "Error, of the\nnearest's (%)"
            if are8Bit then
                TextTable.Left "In 8 bits as"
            TextTable.Right "Warnings"
        ]
        [
            for layer in layers ->
                [
                    layer.Name
                    layer.Operator
                    layer.Weights
                    layer.BlockSize |> Option.ofNullable |> Option.map string |> Option.defaultValue "-"
                    $"{layer.Inputs}"
                    $"{layer.Channels}"
                    Output.fixedPoint 2 layer.SqnrDb
                    share file layer.Bytes
                    if areRounded then
                        Option.ofNullable layer.ErrorShare
                        |> Option.map (fun share -> Output.fixedPoint 1 (100.0 * share))
                        |> Option.defaultValue "-"
                    if are8Bit then
                        layer.EightBitBecause |> Option.ofObj |> Option.defaultValue "-"
                    $"{layer.Warnings.Count}"
                ]
        ]

    LayerWarningText.showOfWeights layers
