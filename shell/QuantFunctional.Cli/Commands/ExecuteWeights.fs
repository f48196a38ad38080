/// The real numbers that a model's integer weights stand for: quantfn execute --weights.
module QuantFunctional.Cli.Commands.ExecuteWeights

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private show (report: WrittenWeights) : unit =
    Output.printTable
        [
            TextTable.Left "Weights of"
            TextTable.Left "Type"
            TextTable.Left "Sizes"

            if report.Weights |> Seq.exists (fun weights -> not (isNull weights.File)) then
                TextTable.Left "File"
        ]
        [
            for weights in report.Weights ->
                [
                    weights.Name
                    weights.Weights
                    String.Join('x', weights.Sizes)
                    yield! Option.ofObj weights.File |> Option.toList
                ]
        ]

    for text in report.NotRead do
        Output.print $"Not written: {text}."

    Output.print $"Written    {report.Written}"

let run (arguments: ParseResults<ExecuteArgument>) (cancel: CancellationToken) : Task =
    let model = arguments.GetResult ExecuteArgument.Plan

    let others =
        [
            "--input", arguments.Contains ExecuteArgument.Input
            "--profile", arguments.Contains ExecuteArgument.Profile
            "--trace-intermediates", arguments.Contains ExecuteArgument.Trace_Intermediates
            "--batch-axis and --dim", arguments.GetAllResults() |> List.exists _.OfSamples.IsSome
        ]

    Output.refuseBeside others "--weights, which writes weights and runs nothing"

    if not (ExecuteModel.isModel model) then
        Output.refuse
            Diagnostics.OptionsExclude
            $"{model}: --weights writes those of a model; name an ONNX file, or a folder of ONNX Runtime GenAI."

    let request =
        WriteWeightsRequest(
            Model = ModelSource.FromFile model,
            OutputPath = arguments.GetResult ExecuteArgument.Output,
            Layer = (arguments.TryGetResult ExecuteArgument.Layer |> Option.toObj),
            Overwrite = arguments.Contains ExecuteArgument.Force
        )

    Progress.reading (arguments.Contains ExecuteArgument.Verbose) [ model ]

    task {
        let! report = ModelWeights.WriteAsync(request, cancel)

        if arguments.Contains ExecuteArgument.Json then
            Output.printJson report
        else
            show report
    }
