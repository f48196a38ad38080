module QuantFunctional.Cli.Commands.Compare

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private percent (fraction: float) : string =
    $"{Output.fixedPoint 2 (100.0 * fraction)} %%"

let private decibels (ratio: float) : string =
    if Double.IsPositiveInfinity ratio then "equal"
    elif Double.IsFinite ratio then Output.fixedPoint 2 ratio
    else "-inf"

let private showEngine (engine: EngineComparison) : unit =
    let total = engine.Equal + engine.Differing
    Output.print ""

    if engine.Differing = 0L then
        Output.print $"Integers   all {Output.grouped total} output elements are those of ONNX Runtime"
    else
        Output.print (
            $"Integers   {Output.grouped engine.Differing} of {Output.grouped total} output elements differ from "
            + $"ONNX Runtime's, by at most {engine.MaxSteps} steps"
        )

    if engine.Operators.Count > 0 then
        Output.print ""

        Output.printTable
            [
                TextTable.Left "Node"
                TextTable.Left "Operator"
                TextTable.Right "Elements"
                TextTable.Right "Differing"
                TextTable.Right "Steps"
            ]
            [
                for step in engine.Operators ->
                    [
                        step.Name
                        step.Operator
                        Output.grouped step.Elements
                        Output.grouped step.Differing
                        Output.grouped step.MaxSteps
                    ]
            ]

/// A comparison as text.
let show (report: ComparisonReport) : unit =
    Output.print $"Samples    {Output.grouped report.Samples}"

    if report.FloatTop1.HasValue && report.QuantizedTop1.HasValue then
        let before, after = report.FloatTop1.Value, report.QuantizedTop1.Value
        let points = Output.signed 2 (100.0 * (after - before))
        Output.print $"Top-1      {percent before} float, {percent after} quantized ({points} points)"

    Output.print $"Agreement  {percent report.Agreement} (arg max of {report.Outputs[0].Name})"
    Output.print ""

    Output.printTable
        [
            TextTable.Left "Output"
            TextTable.Right "SQNR (dB)"
            TextTable.Right "Cosine"
            TextTable.Right "Largest error"
        ]
        [
            for output in report.Outputs ->
                [
                    output.Name
                    decibels output.SqnrDb
                    Output.fixedPoint 6 output.Cosine
                    Output.significant 4 output.MaxAbsError
                ]
        ]

    match report.Engine with
    | null -> ()
    | engine -> showEngine engine

/// Whether the tool's own integers are to run too.
let private withEngine (arguments: ParseResults<CompareArgument>) : bool =
    match arguments.TryGetResult CompareArgument.Engine with
    | None -> false
    | Some "quantfn" -> true
    | Some other ->
        let message =
            $"--engine: '{other}' is no engine; quantfn is the one besides ONNX Runtime, which always runs."

        Output.refuse message

let run (arguments: ParseResults<CompareArgument>) (cancel: CancellationToken) : Task =
    let floatModel, quantizedModel = arguments.GetResult CompareArgument.Models
    let data = arguments.GetResult CompareArgument.Data
    let labels = arguments.TryGetResult CompareArgument.Labels |> Option.toObj
    let engine = withEngine arguments
    let json = arguments.Contains CompareArgument.Json

    task {
        let! report =
            Output.withProgress (fun progress ->
                ModelComparer.CompareAsync(floatModel, quantizedModel, data, labels, engine, progress, cancel))

        if json then Output.printJson report else show report
    }
