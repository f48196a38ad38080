module QuantFunctional.Cli.Commands.Repair

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

let private request (arguments: ParseResults<RepairArgument>) : RepairRequest =
    let data = arguments.TryGetResult RepairArgument.Compare
    let float = arguments.TryGetResult RepairArgument.Float

    if data.IsSome <> float.IsSome then
        let message =
            "--compare and --float go together: the data to compare on, and the float model to compare with."

        arguments.Raise(message, showUsage = false)

    RepairRequest(
        Model = ModelSource.FromFile(arguments.GetResult RepairArgument.Model),
        OutputPath = (arguments.TryGetResult RepairArgument.Output |> Option.toObj),
        Overwrite = arguments.Contains RepairArgument.Force,
        Profile = (arguments.TryGetResult RepairArgument.Profile |> Option.map OptionValues.profile |> Option.toObj),
        Comparison =
            (data
             |> Option.map (SampleOptions.samples (arguments.GetAllResults() |> List.choose _.OfSamples))
             |> Option.toObj),
        FloatModel = (float |> Option.map ModelSource.FromFile |> Option.toObj)
    )

let private times (growth: float) : string = $"{Output.fixedPoint 4 growth}x"

let private showLayers (layers: RepairedLayer seq) : unit =
    Output.printTable
        [
            TextTable.Left "Layer"
            TextTable.Left "Operator"
            TextTable.Right "Channels"
            TextTable.Right "Changed"
            TextTable.Right "for pairs"
            TextTable.Right "for sums"
            TextTable.Right "Largest step"
            TextTable.Right "Mean step"
            TextTable.Right "SQNR of\nweights (dB)"
            TextTable.Right "Biases"
        ]
        [
            for layer in layers ->
                [
                    layer.Name
                    layer.Operator
                    Output.grouped layer.Channels
                    Output.grouped layer.Changed.Count
                    Output.grouped layer.Pairs
                    Output.grouped layer.Sums
                    times layer.LargestGrowth
                    times layer.MeanGrowth
                    (if layer.SqnrDb.HasValue then
                         Output.fixedPoint 2 layer.SqnrDb.Value
                     else
                         "unchanged")
                    Output.grouped layer.Biases
                ]
        ]

let private showJoins (joins: RepairedJoin seq) : unit =
    Output.printTable
        [
            TextTable.Left "Join"
            TextTable.Left "Operator"
            TextTable.Right "Raised by (2^-15)"
            TextTable.Right "Step before"
            TextTable.Right "Step after"
        ]
        [
            for join in joins ->
                [
                    join.Name
                    join.Operator
                    $"{join.Raise}"
                    Output.significant 9 (float join.StepBefore)
                    Output.significant 9 (float join.StepAfter)
                ]
        ]

let private showComparisons (report: RepairReport) : unit =
    for heading, comparison in [ "Before", report.Before; "After", report.After ] do
        match comparison with
        | null -> ()
        | comparison ->
            Output.print ""
            Output.print heading
            Compare.show comparison

let private show (all: bool) (report: RepairReport) : unit =
    let looked = Output.counted report.LayersLookedAt "layer"

    if report.Layers.Count > 0 then
        showLayers report.Layers
        Output.print ""

    if report.Joins.Count > 0 then
        showJoins report.Joins
        Output.print ""

    if report.NotUnderstood.Count > 0 then
        Graph.showFloats "Not looked at" all report.NotUnderstood
        Output.print ""

    match report.OutputPath with
    | null -> Output.print $"Nothing to repair in {looked}; nothing was written."
    | path ->
        let repaired = Output.counted report.Layers.Count "layer"
        let joins = Output.counted report.Joins.Count "join"
        Output.print $"Repaired   {repaired} of {looked}, {joins}"

        for layer in report.Folded do
            match String.Join(", ", layer.Operators) with
            | "" ->
                Output.print
                    $"Quantized  the input of {layer.Name} ({layer.Operator}), with its own step, and the bias in int32"
            | operators -> Output.print $"Folded     {operators} into {layer.Name} ({layer.Operator})"

        if report.ReshapedSteps > 0 then
            Output.print $"Reshaped   {report.ReshapedSteps} steps and zero points of shape [1], now scalars"

        Output.print $"Written    {path}"

    showComparisons report
    Output.print report.Holds

let run (arguments: ParseResults<RepairArgument>) (cancel: CancellationToken) : Task =
    let request = request arguments
    let json = arguments.Contains RepairArgument.Json

    task {
        let! report =
            (fun progress -> ModelRepairer.RepairAsync(request, progress, cancel))
            |> Progress.during (arguments.Contains RepairArgument.Verbose) [ arguments.GetResult RepairArgument.Model ]

        report.Warnings |> Seq.iter Output.warn

        if json then
            Output.printJson report
        else
            show (arguments.Contains RepairArgument.All) report
    }
