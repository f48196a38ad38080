module QuantFunctional.Cli.Commands.Quantize

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private shifts (layer: LayerSummary) : string =
    if layer.ShiftMin = layer.ShiftMax then
        $"{layer.ShiftMin}"
    else
        $"{layer.ShiftMin}..{layer.ShiftMax}"

/// How many times as large the steps grew, on average and at most.
let private growth (layer: LayerSummary) : string =
    if layer.StepGrowthMost = 1.0 then
        "-"
    else
        $"{Output.fixedPoint 2 layer.StepGrowthMean}, max {Output.fixedPoint 2 layer.StepGrowthMost}"

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

let private showLayerWarnings (groups: LayerWarnings seq) : unit =
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
let private showWeightWarnings (layers: WeightOnlySummary seq) : unit =
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

let private showLayers (layers: LayerSummary seq) : unit =
    Output.printTable
        [
            TextTable.Left "Layer"
            TextTable.Left "Operator"
            TextTable.Left "Precision"
            TextTable.Right "Channels"
            TextTable.Right "Shift"
            TextTable.Right "Bits\ngiven up"
            TextTable.Right "Steps\nraised by"
            TextTable.Right "Retries"
            TextTable.Right "Warnings"
        ]
        [
            for layer in layers ->
                [
                    layer.Name
                    layer.Operator
                    layer.Precision.Name
                    $"{layer.Channels}"
                    shifts layer
                    $"{layer.BitsGivenUp}"
                    growth layer
                    $"{layer.Retries}"
                    $"{layer.Warnings.Count}"
                ]
        ]

let private showWeights (layers: WeightOnlySummary seq) : unit =
    Output.printTable
        [
            TextTable.Left "Layer"
            TextTable.Left "Operator"
            TextTable.Left "Weights"
            TextTable.Right "Block"
            TextTable.Right "Inputs"
            TextTable.Right "Channels"
            TextTable.Right "SQNR of\nweights (dB)"
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
                    $"{layer.Warnings.Count}"
                ]
        ]

    showWeightWarnings layers

let private showCalibration (calibration: CalibrationReport) : unit =
    let inputs =
        [
            for input in calibration.Inputs ->
                $"`{input.Name}` from {Output.significant 4 input.Min} to {Output.significant 4 input.Max}, "
                + $"mean {Output.significant 4 input.Mean}"
        ]
        |> String.concat "; "

    let tensors = Output.counted calibration.Tensors "tensor"

    let samples = Output.counted (int calibration.Samples) "sample"

    Output.print
        $"Calibrated on {samples}: {inputs}; of {tensors} {calibration.Constant} constant, {calibration.Growing} still growing"

let private showFiles (report: QuantizationReport) : unit =
    let before, after =
        Output.grouped report.BytesBefore, Output.grouped report.BytesAfter

    let share = 100.0 * float report.BytesAfter / float report.BytesBefore
    Output.print $"Size       {before} -> {after} bytes ({Output.fixedPoint 1 share} %%)"
    Output.print $"Written    {report.OutputPath}"

    if report.Widened.Count > 0 then
        let types = String.concat ", " report.Widened
        Output.print $"Widened    {types} made float32 beforehand; inputs and outputs keep their types"

    if not (isNull report.PlanPath) then
        Output.print $"Plan       {report.PlanPath}"

    match report.Calibration with
    | null -> ()
    | calibration -> showCalibration calibration

    match report.Check with
    | null -> ()
    | check -> OutputFigures.showCheck check

let private showJoins (joins: JoinSummary seq) : unit =
    let raised = joins |> Seq.filter (fun join -> join.Raise > 0) |> List.ofSeq
    let total = Output.counted (Seq.length joins) "join"

    match raised with
    | [] -> Output.print $"Joins      {total}: each keeps the output step of its range"
    | _ ->
        let most = raised |> List.map _.Raise |> List.max
        let steps = Output.counted raised.Length "output step"

        Output.print
            $"Joins      {total}: {steps} raised, by at most {most}/32768, so that every processor gives the same"

let private show (all: bool) (report: QuantizationReport) : unit =
    if report.WeightOnlyLayers.Count > 0 then
        showWeights report.WeightOnlyLayers
    else
        showLayers report.Layers
        showLayerWarnings report.LayerWarnings

    Output.print ""

    if report.Operators.Count = 0 then
        Output.print "Operators, as ONNX Runtime runs them: not looked at, because the model is large"
    else
        Graph.showOperators "Operators, as ONNX Runtime runs them" report.Operators

    Output.print ""
    Graph.showFloats "Left in float" all report.LeftInFloat
    Output.print ""

    OutputFigures.showTransposed report.Transposed

    if report.Joins.Count > 0 then
        showJoins report.Joins

    showFiles report

    match report.Comparison with
    | null -> ()
    | comparison ->
        Output.print ""
        Compare.show comparison

    Output.print report.Holds
    Output.print $"{report.OldestRelease}"

let run (arguments: ParseResults<QuantizeArgument>) (cancel: CancellationToken) : Task =
    // what is missing is told in the order of the help
    let model = arguments.GetResult QuantizeArgument.Model

    let quantize: IProgress<QuantizeProgress> | null -> Task<QuantizationReport> =
        match arguments.TryGetResult QuantizeArgument.Weight_Only with
        | Some name ->
            let request = QuantizeRequests.weights arguments model name
            fun progress -> OnnxQuantizer.QuantizeWeightsAsync(request, progress, cancel)
        | None ->
            let request = QuantizeRequests.request arguments model
            fun progress -> OnnxQuantizer.QuantizeAsync(request, progress, cancel)

    let json = arguments.Contains QuantizeArgument.Json

    let files =
        [
            Some model
            arguments.TryGetResult QuantizeArgument.Calibration
            arguments.TryGetResult QuantizeArgument.Compare
        ]
        |> List.choose id

    task {
        let! report =
            Progress.during (arguments.Contains QuantizeArgument.Verbose) files quantize

        report.Warnings |> Seq.iter Output.warn

        report.Comparison
        |> Option.ofObj
        |> Option.iter (fun compared -> compared.Warnings |> Seq.iter Output.warn)

        if json then
            Output.printJson report
        else
            show (arguments.Contains QuantizeArgument.All) report
    }
