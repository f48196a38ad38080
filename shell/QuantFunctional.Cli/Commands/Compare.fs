module QuantFunctional.Cli.Commands.Compare

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx
open QuantFunctional.Cli.Commands.OutputFigures

/// What the integers of another processor are, beside the figures of ONNX Runtime here.
let private showElsewhere (engine: EngineComparison) : unit =
    if engine.QuantizedTop1.HasValue then
        Output.print $"Top-1      {percent engine.QuantizedTop1.Value} in {engine.Profile}"

    Output.print $"Agreement  {percent engine.Agreement} in {engine.Profile}"
    Output.print ""
    showOutputs engine.Outputs

let private showEngine (engine: EngineComparison) : unit =
    let total = engine.Equal + engine.Differing
    Output.print ""

    let theirs =
        if engine.IsThisProcessor then
            "ONNX Runtime's"
        else
            "those of ONNX Runtime here, which is another processor"

    let place =
        if engine.IsThisProcessor then
            "the processor at hand"
        else
            "not the processor at hand"

    Output.print $"Profile    {engine.Profile}, {place}"

    if engine.Differing = 0L then
        Output.print $"Integers   all {Output.grouped total} output elements are those of ONNX Runtime"
    else
        Output.print (
            $"Integers   {Output.grouped engine.Differing} of {Output.grouped total} output elements differ from "
            + $"{theirs}, by at most {engine.MaxSteps} steps"
        )

    if not engine.IsThisProcessor then
        showElsewhere engine

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

/// What the model is on each kind of processor: one row for each of its outputs.
let private showProcessors (processors: ProcessorComparison seq) : unit =
    Output.printTable
        [
            TextTable.Left "Processor"
            TextTable.Left "Output"
            TextTable.Right "SQNR (dB)"
            TextTable.Right "Agreement"
            TextTable.Right "Top-1"
            TextTable.Right "Differing"
            TextTable.Right "Steps"
        ]
        [
            for processor in processors do
                for index, output in Seq.indexed processor.Outputs do
                    let once (text: string) = if index = 0 then text else ""

                    [
                        once processor.Processor
                        output.Name
                        decibels output.SqnrDb
                        once (percent processor.Agreement)
                        once (
                            if processor.QuantizedTop1.HasValue then
                                percent processor.QuantizedTop1.Value
                            else
                                "-"
                        )
                        once (Output.grouped processor.Differing)
                        once (Output.grouped processor.MaxSteps)
                    ]
        ]

    let first = Seq.head processors
    let elements = Output.grouped first.Elements

    if processors |> Seq.forall (fun processor -> processor.Differing = 0L) then
        Output.print $"All {elements} output elements are the same on every processor."
    else
        Output.print $"Differing: output elements, of {elements}, that are not those of {first.Processor}."

/// A comparison as text.
let show (report: ComparisonReport) : unit =
    Output.print $"Samples    {Output.grouped report.Samples}"

    match report.Processors with
    | null ->
        if report.FloatTop1.HasValue && report.QuantizedTop1.HasValue then
            let before, after = report.FloatTop1.Value, report.QuantizedTop1.Value
            let points = Output.signed 2 (100.0 * (after - before))
            Output.print $"Top-1      {percent before} float, {percent after} quantized ({points} points)"

        Output.print $"Agreement  {percent report.Agreement} (arg max of {report.Outputs[0].Name})"
        Output.print ""
        showOutputs report.Outputs
        showParts report.Outputs
    | processors ->
        if report.FloatTop1.HasValue then
            Output.print $"Top-1      {percent report.FloatTop1.Value} float"

        Output.print ""
        showProcessors processors

    match report.Engine with
    | null -> ()
    | engine -> showEngine engine

    match report.Latencies with
    | null -> ()
    | latencies -> Latencies.show latencies

/// Whether the tool's own integers are to run too.
let private withEngine (arguments: ParseResults<CompareArgument>) : bool =
    match arguments.TryGetResult CompareArgument.Engine with
    | None -> false
    | Some "quantfn" -> true
    | Some other ->
        let message =
            $"--engine: '{other}' is no engine; quantfn is the one besides ONNX Runtime, which always runs"

        Output.refuse Diagnostics.OptionValueUnknown (message + Meant.question NamedValues.engines other)

let private runOn (arguments: ParseResults<CompareArgument>) (data: string) (cancel: CancellationToken) : Task =
    let floatModel, quantizedModel = arguments.GetResult CompareArgument.Models
    let labels = arguments.TryGetResult CompareArgument.Labels |> Option.toObj
    let engine = withEngine arguments
    let processors = arguments.Contains CompareArgument.Processors
    let profile = arguments.TryGetResult CompareArgument.Profile

    if processors && (engine || profile.IsSome) then
        Output.refuse
            Diagnostics.OptionsExclude
            "--processors: it runs the model as every processor does, with this tool's own integers; leave --engine and \
            --profile out."

    if profile.IsSome && not engine then
        Output.refuse
            Diagnostics.OptionNeedsAnother
            "--profile: goes with --engine quantfn, whose integers run in its arithmetic."

    let target = profile |> Option.map OptionValues.profile |> Option.toObj
    let json = arguments.Contains CompareArgument.Json
    let options = arguments.GetAllResults() |> List.choose _.OfSamples
    SampleOptions.refuseWithoutImages options [ data ]
    let given = SampleOptions.samples options data

    let compare (progress: IProgress<QuantizeProgress> | null) =
        task {
            let! samples =
                match arguments.TryGetResult CompareArgument.Save_Pixels with
                | None -> Task.FromResult given
                | Some file -> SampleOptions.save options floatModel data file false cancel

            let! report =
                ModelComparer.CompareAsync(
                    floatModel,
                    quantizedModel,
                    samples,
                    labels,
                    engine,
                    target,
                    processors,
                    progress,
                    cancel
                )

            if arguments.Contains CompareArgument.Time then
                let! latencies =
                    ModelTimer.MeasureAsync(floatModel, quantizedModel, samples, labels, progress, cancel)

                return report.WithLatencies latencies
            else
                return report
        }

    task {
        let! report =
            compare
            |> Progress.during (arguments.Contains CompareArgument.Verbose) [ floatModel; quantizedModel; data ]

        report.Warnings |> Seq.iter Output.warn

        if json then
            Output.printJson report
        else
            show report

            if SampleOptions.isImages data then
                Output.print $"Pixels     sha256 {report.Digest}"
    }

let run (arguments: ParseResults<CompareArgument>) (cancel: CancellationToken) : Task =
    // what is missing is told in the order of the help
    arguments.GetResult CompareArgument.Models |> ignore

    match arguments.TryGetResult CompareArgument.Tokens, arguments.TryGetResult CompareArgument.Data with
    | Some tokens, _ -> CompareDecoders.run arguments tokens cancel
    | None, Some data -> runOn arguments data cancel
    | None, None -> arguments.Raise("missing parameter '--data' (or '--tokens').", showUsage = false)
