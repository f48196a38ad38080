module QuantFunctional.Proofs.Program

open System
open System.Collections.Generic
open Argu
open QuantFunctional.Commands

let private parser =
    ArgumentParser.Create<Argument>(
        programName = "proofs",
        errorHandler = ExceptionExiter(),
        usageStringCharacterWidth = 100,
        checkStructure = false
    )

let private verbs =
    parser.GetArgumentCases() |> List.collect _.CommandLineNames.Value

let private positive (option: string) (fallback: int) (value: int option) : int =
    match value with
    | Some value when value < 1 -> Output.refuse $"{option}: {value} is not 1 or more."
    | value -> Option.defaultValue fallback value

let private threads (value: int option) =
    positive "--threads" Environment.ProcessorCount value

let private refuseBoth (quick: bool) (state: string option) : unit =
    if quick && state.IsSome then
        Output.refuse "--state: a quick run keeps nothing; leave one of --state and --quick out."

let private requantization (arguments: ParseResults<RequantizationArgument>) =
    let file = arguments.TryGetResult RequantizationArgument.Pairs
    let source, list = Requantization.listOf file
    let quick = arguments.Contains RequantizationArgument.Quick
    let state = arguments.TryGetResult RequantizationArgument.State

    refuseBoth quick state

    RequantizationReport.report
        {
            List = list
            Source = source
            State = state
            Threads = threads (arguments.TryGetResult RequantizationArgument.Threads)
            Quick = quick
        }

let private lemmas (arguments: ParseResults<LemmasArgument>) =
    Lemmas.report
        {
            Folder = arguments.GetResult(LemmasArgument.Folder, Lemmas.folder)
            Seconds = positive "--timeout" 300 (arguments.TryGetResult LemmasArgument.Timeout)
            RequireSolver = arguments.Contains LemmasArgument.Require_Solver
            Quick = arguments.Contains LemmasArgument.Quick
        }

let private tightness (arguments: ParseResults<TightnessArgument>) =
    TightnessReport.report
        {
            Layers = positive "--layers" 120 (arguments.TryGetResult TightnessArgument.Layers)
            Inputs = positive "--inputs" 1_000_000 (arguments.TryGetResult TightnessArgument.Inputs)
            Seed = arguments.GetResult(TightnessArgument.Seed, 1)
            Threads = threads (arguments.TryGetResult TightnessArgument.Threads)
        }

/// Everything, or the part that takes under a minute. What a part shows is shown when it is done, for the last takes long.
let private all (arguments: ParseResults<AllArgument>) : Output.Report =
    let quick = arguments.Contains AllArgument.Quick
    refuseBoth quick (arguments.TryGetResult AllArgument.State)
    let threads = threads (arguments.TryGetResult AllArgument.Threads)
    let source, list = Requantization.listOf None

    let parts =
        [
            "split", Split.report
            "lemmas",
            fun () ->
                Lemmas.report
                    {
                        Folder = Lemmas.folder
                        Seconds = 300
                        RequireSolver = arguments.Contains AllArgument.Require_Solver
                        Quick = quick
                    }
            "tightness",
            fun () ->
                TightnessReport.report
                    {
                        Layers = if quick then 24 else 120
                        Inputs = if quick then 20_000 else 1_000_000
                        Seed = 1
                        Threads = threads
                    }
            "onnxruntime", (fun () -> Engines.report (if quick then 300 else 10_000) 1)
            "requantization",
            fun () ->
                RequantizationReport.report
                    {
                        List = list
                        Source = source
                        State = arguments.TryGetResult AllArgument.State
                        Threads = threads
                        Quick = quick
                    }
        ]
        |> List.map (fun (name, run) ->
            let report: Output.Report = run ()

            if not (arguments.Contains AllArgument.Json) then
                report.Show()

            name, report)

    let document = Dictionary<string, obj>()

    for name, report in parts do
        document[name] <- report.Document

    let passed = parts |> List.forall (fun (_, report) -> report.Passed)
    document["passed"] <- passed

    {
        Passed = passed
        Show = fun () -> printfn $"""all: {if passed then "everything holds" else "NOT PROVEN"}"""
        Document = document
    }

/// The report of a command line, and whether it is to be JSON.
let private obey (results: ParseResults<Argument>) : Output.Report * bool =
    match results.GetSubCommand() with
    | Requantization arguments -> requantization arguments, arguments.Contains RequantizationArgument.Json
    | Split arguments -> Split.report (), arguments.Contains SplitArgument.Json
    | Lemmas arguments -> lemmas arguments, arguments.Contains LemmasArgument.Json
    | Tightness arguments -> tightness arguments, arguments.Contains TightnessArgument.Json
    | OnnxRuntime arguments ->
        let count =
            positive "--count" 10_000 (arguments.TryGetResult OnnxRuntimeArgument.Count)

        let seed = arguments.GetResult(OnnxRuntimeArgument.Seed, 1)
        Engines.report count seed, arguments.Contains OnnxRuntimeArgument.Json
    | All arguments -> all arguments, arguments.Contains AllArgument.Json

[<EntryPoint>]
let main line =
    let run verb =
        CommandLine.run ($"proofs {verb}".TrimEnd()) (Examples.ofVerb verb) (fun () ->
            obey (parser.ParseCommandLine line))

    match List.ofArray line with
    | [] ->
        Console.Error.WriteLine(CommandLine.help (parser.PrintUsage()) (Examples.ofVerb ""))
        Output.ExitCode.badInput
    | verb :: _ when List.contains verb verbs -> run verb
    | _ -> run ""
