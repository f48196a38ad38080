/// The products of which the weights alone are integers, as text.
module QuantFunctional.Cli.Commands.WeightLayersText

open QuantFunctional.Cli
open QuantFunctional.Onnx

/// What became of each product, and what it is warned of.
let show (layers: WeightOnlySummary seq) : unit =
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
