/// A model of which the weights alone are integers, held to its plan and to the float model: quantfn verify --against PLAN, --float.
module QuantFunctional.Cli.Commands.VerifyWeights

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// Whether weights are what is to be verified.
let isMeant (arguments: ParseResults<VerifyArgument>) : bool =
    match arguments.TryGetResult VerifyArgument.Against with
    | Some against -> arguments.Contains VerifyArgument.Float || PlanFile.IsPlan(against, ref null)
    | None -> arguments.Contains VerifyArgument.Float

let private blocks (layer: VerifiedWeights) : string =
    if layer.BlockSize.HasValue then
        $"{layer.BlockSize.Value}"
    else
        "output"

let private worst (errors: WeightErrors) : string =
    let block = errors.Worst

    $"{Output.significant 4 block.SquaredError} in channel {block.Channel}, block {block.Block}"

let private showLayers (report: WeightsVerification) : unit =
    let isPlanned, isMeasured = not (isNull report.Plan), not (isNull report.Float)

    let row (layer: VerifiedWeights) =
        [
            layer.Name
            layer.Weights
            blocks layer

            if isPlanned then
                if layer.Differing.HasValue then
                    Output.grouped layer.Differing.Value
                else
                    "-"

            if isMeasured then
                match layer.Errors with
                | null -> yield! [ "-"; "-"; "-"; "-" ]
                | errors ->
                    Output.significant 6 errors.SquaredError
                    Output.significant 6 errors.Nearest
                    Output.grouped errors.Above
                    worst errors
        ]

    Output.printTable
        [
            TextTable.Left "Weights of"
            TextTable.Left "Type"
            TextTable.Right "A step each"

            if isPlanned then
                TextTable.Right "Unlike the plan"

            if isMeasured then
                TextTable.Right "Squared error"
                TextTable.Right "of the nearest"
                TextTable.Right "Blocks above"
                TextTable.Left "Worst block"
        ]
        [ for layer in report.Layers -> row layer ]

/// What holds, where all of it does.
let private showVerdict (report: WeightsVerification) : unit =
    match report.Plan with
    | null -> ()
    | plan ->
        let planned = report.Layers |> Seq.filter _.Differing.HasValue |> Seq.length

        Output.print
            $"{report.Model}: every integer, step and zero point of {planned} of its {report.Layers.Count} products and embeddings is that of {plan}."

    match report.Float with
    | null -> ()
    | real ->
        let byMoments =
            report.Layers |> Seq.filter (fun layer -> layer.BySecondMoments.GetValueOrDefault()) |> Seq.length

        let nearest =
            if byMoments = 0 then
                "no block loses more of them than the nearest integers would"
            else
                $"no block loses more than the nearest integers would but in {byMoments}, which samples rounded so that errors cancel in the outputs"

        Output.print $"Errors are those of the weights of {real}; {nearest}."

/// The places of so many products are told.
let private mostProducts = 8

let private showDisputes (report: WeightsVerification) : unit =
    let products = report.Disputes |> Seq.groupBy _.Name |> List.ofSeq

    for _, disputes in List.truncate mostProducts products do
        for dispute in disputes do
            Output.print $"{dispute.Message}."

    if products.Length > mostProducts then
        let more = Output.counted (products.Length - mostProducts) "other product"
        Output.print $"{more} likewise, which --json lists."

/// Where no plan says how weights were rounded, a larger error may be meant.
let private remedy (report: WeightsVerification) : string =
    let isMeasured (layer: VerifiedWeights) =
        match layer.Errors with
        | null -> false
        | errors -> errors.Above > 0L

    if isNull report.Plan && report.Layers |> Seq.exists isMeasured then
        " Where samples decided how weights are rounded, their plan says so (--against PLAN.json), and larger errors are told alone."
    else
        ""

let private show (report: WeightsVerification) : unit =
    showLayers report

    showDisputes report

    for text in report.NotCovered do
        Output.print $"Not looked at: {text}."

    if report.Confirmed then
        showVerdict report

let private request (arguments: ParseResults<VerifyArgument>) : VerifyWeightsRequest =
    let file = arguments.GetResult VerifyArgument.Plan

    let others =
        [
            "--layer", arguments.Contains VerifyArgument.Layer
            "--profile", arguments.Contains VerifyArgument.Profile
            "-o", arguments.Contains VerifyArgument.Output
            "--force", arguments.Contains VerifyArgument.Force
        ]

    Output.refuseBeside others "--float, nor with the plan of --against, to which all weights of a model are held"

    if not (ExecuteModel.isModel file) then
        Output.refuse
            Diagnostics.OptionsExclude
            $"{file}: --float, and the plan of --against, hold the weights of a model; name an ONNX file, or a folder of ONNX Runtime GenAI."

    VerifyWeightsRequest(
        Model = ModelSource.FromFile file,
        PlanPath = (arguments.TryGetResult VerifyArgument.Against |> Option.toObj),
        Float = (arguments.TryGetResult VerifyArgument.Float |> Option.map ModelSource.FromFile |> Option.toObj)
    )

let run (arguments: ParseResults<VerifyArgument>) (cancel: CancellationToken) : Task =
    let request = request arguments

    Progress.reading
        (arguments.Contains VerifyArgument.Verbose)
        [
            request.Model.Name
            yield! Option.ofObj request.PlanPath |> Option.toList
            yield! Option.ofObj request.Float |> Option.map _.Name |> Option.toList
        ]

    task {
        let! report = ModelWeights.VerifyAsync(request, cancel)

        if arguments.Contains VerifyArgument.Json then
            Output.printJson report
        else
            show report

        if not report.Confirmed then
            let first = report.Disputes[0]

            raise (
                Diagnostics.WeightsDisputed.Fault(
                    $"{report.Model}: its weights are not what they have to be; the first place: {first.Message}.{remedy report}",
                    file = report.Model,
                    node = first.Name
                )
            )
    }
