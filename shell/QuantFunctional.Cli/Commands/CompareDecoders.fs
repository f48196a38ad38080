/// Two decoders on tokens: what `compare --tokens` does.
module QuantFunctional.Cli.Commands.CompareDecoders

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx
open QuantFunctional.Cli.Commands.OutputFigures

let private near (ratio: float) : string =
    if Double.IsPositiveInfinity ratio then
        "equal"
    else
        $"{decibels ratio} dB"

let private row (name: string) (rows: int64) (figures: DecoderFigures) : string list =
    [
        name
        Output.grouped rows
        Output.fixedPoint 3 figures.FloatPerplexity
        Output.fixedPoint 3 figures.QuantizedPerplexity
        Output.significant 3 figures.Kl
        percent figures.Agreement
        decibels figures.SqnrDb
    ]

let private showSpeeds (speeds: DecoderSpeeds) : unit =
    let row (name: string) (speed: DecoderSpeed) =
        [
            name
            Output.fixedPoint 1 speed.Float
            Output.fixedPoint 1 speed.Quantized
            $"{Output.fixedPoint 2 (speed.Quantized / speed.Float)}x"
        ]

    Output.print ""

    Output.printTable
        [
            TextTable.Left "Tokens a second"
            TextTable.Right "Float"
            TextTable.Right "Quantized"
            TextTable.Right "Faster"
        ]
        [
            row $"{speeds.Tokens} at once" speeds.AtOnce

            match speeds.TokenByToken with
            | null -> ()
            | each -> row "token by token" each
        ]

    Output.print $"""Medians of {Output.counted speeds.Runs "run"} in turns, on all threads."""

/// A comparison as text.
let private show (report: DecoderComparison) : unit =
    Output.print $"Rows       {Output.grouped report.Rows}, {Output.grouped report.Tokens} tokens"
    Output.print ""

    Output.printTable
        [
            TextTable.Left "Read"
            TextTable.Right "Rows"
            TextTable.Right "Perplexity"
            TextTable.Right "quantized"
            TextTable.Right "KL (nats)"
            TextTable.Right "Agreement"
            TextTable.Right "SQNR (dB)"
        ]
        [
            row "at once" report.Rows report.AtOnce

            match report.TokenByToken with
            | null -> ()
            | first ->
                row "token by token" first.Rows first.Cached
                row "these at once" first.Rows first.AtOnce
        ]

    match report.TokenByToken with
    | null -> Output.print "Token by token: not read so, since the models give no past (present.…) for the next run."
    | first ->
        Output.print
            $"Both ways: float {near first.FloatSqnrDb}, quantized {near first.QuantizedSqnrDb}, of the same rows' scores."

    match report.Speeds with
    | null -> ()
    | speeds -> showSpeeds speeds

/// Refuses what says nothing of tokens.
let private refuseOthers (arguments: ParseResults<CompareArgument>) : unit =
    for option, isThere in
        [
            "--data", arguments.Contains CompareArgument.Data
            "--labels", arguments.Contains CompareArgument.Labels
            "--engine", arguments.Contains CompareArgument.Engine
            "--profile", arguments.Contains CompareArgument.Profile
            "--processors", arguments.Contains CompareArgument.Processors
            "--save-pixels", arguments.Contains CompareArgument.Save_Pixels
            "--batch-axis, --dim and --image-size and its like",
            arguments.GetAllResults() |> List.exists _.OfSamples.IsSome
        ] do
        if isThere then
            Output.refuse
                Diagnostics.OptionsExclude
                $"--tokens: does not go with {option}; tokens are read as a decoder takes them, in ONNX Runtime. Leave one of them out."

let run (arguments: ParseResults<CompareArgument>) (tokens: string) (cancel: CancellationToken) : Task =
    refuseOthers arguments
    let floatModel, quantizedModel = arguments.GetResult CompareArgument.Models
    let samples = SampleOptions.samples [] tokens
    let withTime = arguments.Contains CompareArgument.Time

    let compare (progress: IProgress<QuantizeProgress> | null) =
        DecoderComparer.CompareAsync(floatModel, quantizedModel, samples, withTime, progress, cancel)

    task {
        let! report =
            compare
            |> Progress.during (arguments.Contains CompareArgument.Verbose) [ floatModel; quantizedModel; tokens ]

        report.Warnings |> Seq.iter Output.warn

        if arguments.Contains CompareArgument.Json then
            Output.printJson report
        else
            show report
    }
