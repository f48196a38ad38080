module QuantFunctional.Cli.Commands.Quantize

open System
open System.IO
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

let private showCalibration (calibration: CalibrationReport) : unit =
    let inputs =
        [
            for input in calibration.Inputs ->
                if input.Min > input.Max then
                    $"`{input.Name}` without elements"
                else
                    $"`{input.Name}` from {Output.significant 4 input.Min} to {Output.significant 4 input.Max}, "
                    + $"mean {Output.significant 4 input.Mean}"
        ]
        |> String.concat "; "

    let tensors = Output.counted calibration.Tensors "tensor"

    let samples = Output.counted (int calibration.Samples) "sample"

    let samples =
        if calibration.FromStatistics then
            $"the statistics of {samples}"
        else
            samples

    Output.print
        $"Calibrated on {samples}: {inputs}; of {tensors} {calibration.Constant} constant, {calibration.Growing} still growing"

let private showFollowed (check: ComparisonReport | null) (recipe: FollowedRecipe) : unit =
    let compared =
        if isNull check then
            "; the result was not compared with the float model"
        else
            ""

    let samples = Output.counted (int recipe.Samples) "sample"
    Output.print $"Followed   {recipe.File}, whose choices were made on {samples}{compared}"

let private showFiles (ofImages: bool) (page: string option) (report: QuantizationReport) : unit =
    let before, after =
        Output.grouped report.BytesBefore, Output.grouped report.BytesAfter

    let share = 100.0 * float report.BytesAfter / float report.BytesBefore
    Output.print $"Size       {before} -> {after} bytes ({Output.fixedPoint 1 share} %%)"
    Output.print $"Written    {report.OutputPath}"

    if report.CopiedFiles.Count > 0 then
        let files = Output.counted report.CopiedFiles.Count "file"
        Output.print $"""Copied     {files} unchanged: {String.concat ", " report.CopiedFiles}"""

    if report.Widened.Count > 0 then
        let types = String.concat ", " report.Widened
        Output.print $"Widened    {types} made float32 beforehand; inputs and outputs keep their types"

    if not (isNull report.PlanPath) then
        Output.print $"Plan       {report.PlanPath}"

    if not (isNull report.RecipePath) then
        Output.print $"Recipe     {report.RecipePath}"

    page |> Option.iter (fun file -> Output.print $"Report     {file}")
    report.Followed |> Option.ofObj |> Option.iter (showFollowed report.Check)

    match report.Calibration with
    | null -> ()
    | calibration ->
        showCalibration calibration

        if ofImages then
            Output.print $"Pixels     sha256 {calibration.Digest}"

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

let private show (all: bool) (ofImages: bool) (page: string option) (report: QuantizationReport) : unit =
    if report.WeightOnlyLayers.Count > 0 then
        WeightLayersText.show report.BytesAfter report.WeightOnlyLayers
    elif report.QuantizedAlready.Count = 0 then
        showLayers report.Layers
        LayerWarningText.show report.LayerWarnings

    Output.print ""

    if report.Operators.Count = 0 then
        Output.print "Operators, as ONNX Runtime runs them: not looked at, because the model is large"
    else
        Graph.showOperators "Operators, as ONNX Runtime runs them" report.Operators

    Output.print ""
    Graph.showFloats "Left in float" all report.LeftInFloat
    Output.print ""
    WeightLayersText.showAlready all report.QuantizedAlready

    WeightLayersText.showEmbeddings report.BytesAfter report.Embeddings
    OutputFigures.showTransposed report.Transposed

    if report.Joins.Count > 0 then
        showJoins report.Joins

    report.Choices |> Option.ofObj |> Option.iter OutputFigures.showChoices
    report.Target |> Option.ofObj |> Option.iter TargetText.show
    showFiles ofImages page report

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
        | None when Directory.Exists model ->
            Output.refuse
                Diagnostics.NotAFile
                $"{model}: a folder is quantized with --weight-only; add it, or name the ONNX file in the folder."
        | None ->
            let data = QuantizeRequests.calibration arguments
            let options = QuantizeRequests.samplesOf arguments
            let request = QuantizeRequests.request arguments model
            let samples = data |> Option.map (SampleOptions.samples options) |> Option.toObj
            let wanted = request samples

            fun progress ->
                task {
                    match data, arguments.TryGetResult QuantizeArgument.Save_Pixels with
                    | Some data, Some file ->
                        let! saved = SampleOptions.save options model data file wanted.Overwrite cancel
                        return! OnnxQuantizer.QuantizeAsync(request saved, progress, cancel)
                    | _ -> return! OnnxQuantizer.QuantizeAsync(wanted, progress, cancel)
                }

    let json = arguments.Contains QuantizeArgument.Json

    let files =
        [
            Some model
            arguments.TryGetResult QuantizeArgument.Calibration
            arguments.TryGetResult QuantizeArgument.Compare
        ]
        |> List.choose id
        |> fun files ->
            files
            @ QuantizeRequests.statisticsFiles arguments
            @ Option.toList (arguments.TryGetResult QuantizeArgument.Recipe)

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
            let ofImages =
                arguments.TryGetResult QuantizeArgument.Calibration |> Option.exists SampleOptions.isImages

            let page = arguments.TryGetResult QuantizeArgument.Report
            show (arguments.Contains QuantizeArgument.All) ofImages page report

        report.Target |> Option.ofObj |> Option.iter (TargetText.require model report.OutputPath)
    }
