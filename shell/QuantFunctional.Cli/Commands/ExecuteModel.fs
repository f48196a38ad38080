module QuantFunctional.Cli.Commands.ExecuteModel

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional.Cli
open QuantFunctional.Onnx

/// Whether a file is an ONNX model, not a plan.
let isModel (file: string) : bool =
    file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)

let private request (arguments: ParseResults<ExecuteArgument>) : ExecuteRequest =
    let model = arguments.GetResult ExecuteArgument.Plan
    let input = arguments.GetResult ExecuteArgument.Input
    let output = arguments.GetResult ExecuteArgument.Output
    OptionValues.refuseInputs [ model; input ] output

    ExecuteRequest(
        ModelPath = model,
        InputPath = input,
        OutputPath = output,
        Layer = (arguments.TryGetResult ExecuteArgument.Layer |> Option.toObj),
        Profile =
            (arguments.TryGetResult ExecuteArgument.Profile
             |> Option.map OptionValues.profile
             |> Option.toObj),
        TracePath = (arguments.TryGetResult ExecuteArgument.Trace_Intermediates |> Option.toObj),
        Overwrite = arguments.Contains ExecuteArgument.Force
    )

let private show (report: ExecuteReport) : unit =
    match report.Layer with
    | null ->
        let operators = Output.counted report.Operators "operator"
        Output.print $"Executed   {operators} on integers for each of {Output.grouped report.Samples} samples"
    | layer -> Output.print $"Layer      {layer}"

    for output in report.Outputs do
        let sizes = String.Join('x', output.Sizes)

        let range =
            $"from {Output.significant 6 output.Lowest} to {Output.significant 6 output.Highest}"

        Output.print $"Output     {output.Name}, {sizes}, {range}"

    if report.Traced > 0 then
        Output.print $"Traced     {report.Traced} integer tensors"

    Output.print $"Written    {report.Written}"

let run (arguments: ParseResults<ExecuteArgument>) (cancel: CancellationToken) : Task =
    let request = request arguments
    let json = arguments.Contains ExecuteArgument.Json

    task {
        let! report = Output.withProgress (fun progress -> ModelExecutor.ExecuteAsync(request, progress, cancel))
        if json then Output.printJson report else show report
    }
