/// How far apart the outputs of two models are, as text.
module QuantFunctional.Cli.Commands.OutputFigures

open System
open QuantFunctional.Cli
open QuantFunctional.Onnx

let percent (fraction: float) : string =
    $"{Output.fixedPoint 2 (100.0 * fraction)} %%"

let decibels (ratio: float) : string =
    if Double.IsPositiveInfinity ratio then "equal"
    elif Double.IsFinite ratio then Output.fixedPoint 2 ratio
    else "-inf"

let private inDecibels (ratio: float) : string =
    if Double.IsPositiveInfinity ratio then
        "equal"
    else
        $"{decibels ratio} dB"

/// How near an output is: of whole numbers, such as classes, the share that is equal, for their distances mean nothing.
let private nearness (inDecibels: float -> string) (output: OutputComparison) : string =
    if output.AreWholeNumbers && output.Equal < 1.0 then
        $"{percent output.Equal} equal"
    else
        inDecibels output.SqnrDb

/// How far apart the outputs are.
let showOutputs (outputs: OutputComparison seq) : unit =
    Output.printTable
        [
            TextTable.Left "Output"
            TextTable.Right "SQNR (dB)"
            TextTable.Right "Cosine"
            TextTable.Right "Largest error"
        ]
        [
            for output in outputs ->
                [
                    output.Name
                    nearness decibels output
                    Output.fixedPoint 6 output.Cosine
                    Output.significant 4 output.MaxAbsError
                ]
        ]

/// The worst parts of outputs in which parts are far worse than the whole.
let showParts (outputs: OutputComparison seq) : unit =
    let partsShown = 5
    let farBelow = 6.0

    for output in outputs |> Seq.filter (fun output -> not output.AreWholeNumbers) do
        match output.Parts with
        | null -> ()
        | parts ->
            let far =
                parts.WorstFirst
                |> Seq.filter (fun part -> not part.IsConstant && part.SqnrDb < output.SqnrDb - farBelow)
                |> List.ofSeq

            if not far.IsEmpty then
                let shown =
                    far
                    |> Seq.truncate partsShown
                    |> Seq.map (fun part -> $"index {part.Index} {inDecibels part.SqnrDb}")
                    |> String.concat ", "

                let rest =
                    if far.Length > partsShown then
                        $", and {far.Length - partsShown} more"
                    else
                        ""

                Output.print $"Parts of {output.Name} far below the whole, along axis {parts.Axis}: {shown}{rest}"

            if parts.AxesLeftOut.Count > 0 then
                let axes = parts.AxesLeftOut |> Seq.map string |> String.concat " and "
                Output.print $"Not looked at by parts: axis {axes} of {output.Name}, of more than 4096 indices"

/// The check of a model that was just quantized, as text.
let showCheck (report: ComparisonReport) : unit =
    let figures =
        report.Outputs
        |> Seq.map (fun output -> $"{output.Name} {nearness inDecibels output}")
        |> String.concat ", "

    let samples = Output.counted (int report.Samples) "calibration sample"
    Output.print $"Checked    {figures} on {samples}, to the float model"
    showParts report.Outputs

/// What a ConvTranspose that is written as a Conv costs in weights.
let showTransposed (layers: TransposedSummary seq) : unit =
    let kilobytes (weights: int64) =
        Output.fixedPoint 1 (float weights / 1024.0)

    for layer in layers do
        let size =
            $"{kilobytes layer.WeightsAfter} KB instead of {kilobytes layer.WeightsBefore}"

        Output.print
            $"""Transposed ConvTranspose {layer.Name} is written as a Conv: {Output.counted layer.Phases "phase"}, {size}"""

/// What was chosen by measurement.
let showChoices (choices: MeasuredChoices) : unit =
    let networks = Output.counted choices.Measurements "network"

    let parts =
        [
            choices.Equalized.Count, "layer", "with equalized channels"
            choices.Ordered.Count, "layer", "read channels in another order"
            choices.Narrowed.Count, "range", "narrowed"
            choices.Corrected.Count, "layer", "with corrected biases"
            choices.Rounded.Count, "layer", "rounded by second moments"
        ]
        |> List.filter (fun (count, _, _) -> count > 0)
        |> List.map (fun (count, what, how) -> $"{Output.counted count what} {how}")

    let kept =
        match parts with
        | [] -> "nothing lowers the error clearly"
        | _ -> String.concat ", " parts

    Output.print $"Measured   {networks}: {kept}"
