module QuantFunctional.Cli.Commands.ExecuteModel

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

/// Whether a file is an ONNX model, not a plan.
let isModel (file: string) : bool =
    file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)

/// A quantized model, in the arithmetic of a profile's name.
let load (file: string) (profile: string option) : IntegerModel =
    IntegerModel.Load(file, profile |> Option.map OptionValues.profile |> Option.toObj)

/// The layer of a name.
let findLayer (file: string) (model: IntegerModel) (name: string) : ModelLayer =
    match model.Layers |> Seq.tryFind (fun layer -> layer.Name = name) with
    | Some layer -> layer
    | None ->
        let names = [ for layer in model.Layers -> layer.Name ]

        let cause, inFloat =
            match model.InFloat |> Seq.tryFind (fun node -> node.Name = name) with
            | Some node -> Diagnostics.NodeInFloat, $"node {name} ({node.Operator}) is not on integers: {node.Reason}"
            | None ->
                let nearest = NearestNames.Of(names, name, 3) |> String.concat ", "
                let total = Output.counted names.Length "layer"

                Diagnostics.LayerMissing, $"{file} has no layer '{name}' on integers; nearest of its {total}: {nearest}"

        Output.refuse cause $"--layer: {inFloat}."

let private request (arguments: ParseResults<ExecuteArgument>) : ExecuteRequest =
    let model = arguments.GetResult ExecuteArgument.Plan
    let input = arguments.GetResult ExecuteArgument.Input
    let output = arguments.GetResult ExecuteArgument.Output
    OptionValues.refuseInputs [ model; input ] output

    ExecuteRequest(
        Model = model,
        Input = SampleOptions.samples (arguments.GetAllResults() |> List.choose _.OfSamples) input,
        OutputPath = output,
        Profile = (arguments.TryGetResult ExecuteArgument.Profile |> Option.map OptionValues.profile |> Option.toObj),
        TracePath = (arguments.TryGetResult ExecuteArgument.Trace_Intermediates |> Option.toObj),
        Overwrite = arguments.Contains ExecuteArgument.Force
    )

let private show (report: ExecuteReport) : unit =
    let operators = Output.counted report.Operators "operator"
    Output.print $"Executed   {operators} on integers for each of {Output.grouped report.Samples} samples"

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
        let! report =
            (fun progress -> ModelExecutor.ExecuteAsync(request, progress, cancel))
            |> Progress.during
                (arguments.Contains ExecuteArgument.Verbose)
                [
                    arguments.GetResult ExecuteArgument.Plan
                    arguments.GetResult ExecuteArgument.Input
                ]

        report.Warnings |> Seq.iter Output.warn
        if json then Output.printJson report else show report
    }
