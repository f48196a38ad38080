module QuantFunctional.Cli.Commands.Quantize

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private precisions = List.ofSeq FSharp.BackendProfile.precisions

let private precision (name: string) : Precision =
    match precisions |> List.tryFind (fun precision -> precision.Name = name) with
    | Some precision -> precision
    | None ->
        let known = precisions |> List.map _.Name |> String.concat ", "
        raise (QuantException(FaultKind.BadInput, $"--precision: '{name}' is none of {known}."))

let private profile (name: string) : BackendProfile =
    match FSharp.BackendProfile.tryFind name with
    | Some profile -> profile
    | None ->
        let known = Profiles.Named |> Seq.map _.Name |> String.concat ", "
        raise (QuantException(FaultKind.BadInput, $"--profile: '{name}' is none of {known}."))

let private request (arguments: ParseResults<QuantizeArgument>) : QuantizeRequest =
    QuantizeRequest(
        ModelPath = arguments.GetResult QuantizeArgument.Model,
        CalibrationPath = arguments.GetResult QuantizeArgument.Calibration,
        OutputPath = (arguments.TryGetResult QuantizeArgument.Output |> Option.toObj),
        Overwrite = arguments.Contains QuantizeArgument.Force,
        Profile = (arguments.TryGetResult QuantizeArgument.Profile |> Option.map profile |> Option.toObj),
        Precision = precision (arguments.GetResult(QuantizeArgument.Precision, Precision.TfliteInt8.Name)),
        PerChannel = not (arguments.Contains QuantizeArgument.Per_Tensor),
        SymmetricActivations = arguments.Contains QuantizeArgument.Symmetric_Activations,
        Exclude = List.toArray (arguments.GetResults QuantizeArgument.Exclude),
        PlanPath = (arguments.TryGetResult QuantizeArgument.Plan |> Option.toObj),
        ComparisonPath = (arguments.TryGetResult QuantizeArgument.Compare |> Option.toObj)
    )

let private shifts (layer: LayerSummary) : string =
    if layer.ShiftMin = layer.ShiftMax then
        $"{layer.ShiftMin}"
    else
        $"{layer.ShiftMin}..{layer.ShiftMax}"

let private showLayers (layers: LayerSummary seq) : unit =
    Output.printTable
        [
            Output.Left "Layer"
            Output.Left "Operator"
            Output.Left "Precision"
            Output.Right "Channels"
            Output.Right "Shift"
            Output.Right "Bits\ngiven up"
            Output.Right "Retries"
            Output.Right "Warnings"
        ]
        [
            for layer in layers ->
                [
                    layer.Name
                    layer.Operator
                    layer.Precision
                    $"{layer.Channels}"
                    shifts layer
                    $"{layer.BitsGivenUp}"
                    $"{layer.Retries}"
                    $"{layer.Warnings.Count}"
                ]
        ]

    let warnings =
        [
            for layer in layers do
                for warning in layer.Warnings -> $"  layer {layer.Name}: {warning}"
        ]

    if not warnings.IsEmpty then
        Output.print ""
        Output.print $"Warnings: {warnings.Length}"
        warnings |> List.iter Output.print

let private showFiles (report: QuantizationReport) : unit =
    let before, after =
        Output.grouped report.BytesBefore, Output.grouped report.BytesAfter

    let share = 100.0 * float report.BytesAfter / float report.BytesBefore
    Output.print $"Size       {before} -> {after} bytes ({Output.fixedPoint 1 share} %%)"
    Output.print $"Written    {report.OutputPath}"

    if not (isNull report.PlanPath) then
        Output.print $"Plan       {report.PlanPath}"

let private show (report: QuantizationReport) : unit =
    showLayers report.Layers
    Output.print ""
    Graph.showOperators "Operators, as ONNX Runtime runs them" report.Operators
    Output.print ""
    Graph.showFloats "Left in float" report.LeftInFloat
    Output.print ""
    showFiles report

    match report.Comparison with
    | null -> ()
    | comparison ->
        Output.print ""
        Compare.show comparison

let run (arguments: ParseResults<QuantizeArgument>) (cancel: CancellationToken) : Task =
    let request = request arguments
    let json = arguments.Contains QuantizeArgument.Json

    task {
        let! report =
            Output.withProgress (fun progress -> OnnxQuantizer.QuantizeAsync(request, progress, cancel))

        report.Warnings |> Seq.iter Output.warn
        if json then Output.printJson report else show report
    }
