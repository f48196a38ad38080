module QuantFunctional.Cli.Program

open System
open System.Globalization
open System.Runtime.InteropServices
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional.Cli.Commands

/// Argu's message is a line that begins with ERROR, and the usage.
let private sentence (error: ArguParseException) : string =
    let lines = error.Message.Split '\n'
    lines[0].Trim().Replace("ERROR: ", "")

let private help (verb: string) (usage: string) : string =
    let examples =
        Examples.ofVerb verb |> List.map (fun line -> $"    {line}") |> String.concat "\n"

    let usage = usage.TrimEnd()
    $"{usage}\n\nEXAMPLES:\n\n{examples}"

let private dispatch (results: ParseResults<Argument>) (cancel: CancellationToken) : Task =
    match results.TryGetSubCommand() with
    | Some(Quantize arguments) -> Quantize.run arguments cancel
    | Some(Calibrate arguments) -> Calibrate.run arguments cancel
    | Some(Compare arguments) -> Compare.run arguments cancel
    | Some(Sensitivity arguments) -> Sensitivity.run arguments cancel
    | Some(Inspect arguments) -> Inspect.run arguments cancel
    | Some(Plan arguments) -> Plan.run arguments cancel
    | Some(Profiles arguments) -> Profiles.run arguments cancel
    | Some(Explain arguments) -> Explain.run arguments cancel
    | Some(Execute arguments) -> Execute.run arguments cancel
    | Some(Verify arguments) -> Verify.run arguments cancel
    | Some(Repair arguments) -> Repair.run arguments cancel
    | Some(Vectors arguments) -> Vectors.run arguments cancel
    | Some(Completion arguments) -> Completion.run arguments cancel
    | Some(Help _)
    | Some Argument.Version
    | None -> Task.CompletedTask

/// A first Ctrl+C (or a request to end) asks the work to stop and tidy up; a second one ends the process.
let private stopOn (signal: PosixSignal) (stop: CancellationTokenSource) : IDisposable =
    PosixSignalRegistration.Create(
        signal,
        fun context ->
            context.Cancel <- not stop.IsCancellationRequested
            stop.Cancel()
    )

let private obey (json: bool) (verb: string) (line: string list) : int =
    try
        let results = Verbs.parser().ParseCommandLine(Array.ofList line)

        if results.Contains Argument.Version then
            Output.print $"quantfn {Progress.version}"
        else
            use stop = new CancellationTokenSource()
            use _ = stopOn PosixSignal.SIGINT stop
            use _ = stopOn PosixSignal.SIGTERM stop
            (dispatch results stop.Token).GetAwaiter().GetResult()

        Output.ExitCode.done'
    with
    | :? ArguParseException as told when told.ErrorCode = ErrorCode.HelpText ->
        Output.print (help verb told.Message)
        Output.ExitCode.done'
    | :? ArguParseException as error -> Faults.wrongUsage json verb (sentence error)
    | error -> Faults.failed json error

/// A verb's command line, with what its config file adds, and models for their folders.
let private obeyVerb (json: bool) (verb: Verbs.Verb) (arguments: string list) : int =
    match Complaints.ofArguments verb arguments with
    | Some complaint -> Faults.wrongUsage json verb.Name complaint
    | None ->
        try
            Ok(arguments |> ConfigFile.expand verb |> GenAiFolders.expand verb)
        with error ->
            Error error
        |> function
            | Ok arguments -> obey json verb.Name (verb.Name :: arguments)
            | Error error -> Faults.failed json error

/// Finds the verb, or what is meant by what is none.
let private choose (json: bool) (line: string list) : int =
    let known =
        line |> List.tryHead |> Option.bind Verbs.tryFind |> Option.map (fun verb -> verb, line.Tail)

    match line, known with
    | [], _ ->
        Console.Error.WriteLine(help "" (Verbs.parser().PrintUsage()))
        Output.ExitCode.badInput
    | [ "help" ], _ -> obey json "" [ "--help" ]
    | [ "help"; verb ], _ when (Verbs.tryFind verb).IsSome -> obey json verb [ verb; "--help" ]
    | [ "help"; word ], _ when not (word.StartsWith '-') -> Faults.wrongUsage json "" (Complaints.ofVerb word)
    | _, Some(verb, arguments) -> obeyVerb json verb arguments
    | ("--help" | "-h" | "--version") :: _, None -> obey json "" line
    | word :: _, None -> Faults.wrongUsage json "" (Complaints.ofVerb word)

[<EntryPoint>]
let main line =
    // Argu and .NET read and write numbers in the current culture, which the environment chooses.
    CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
    CultureInfo.DefaultThreadCurrentCulture <- CultureInfo.InvariantCulture
    Output.beginCommand ()
    let line = List.ofArray line
    let json = List.contains "--json" line

    match line with
    | [ "--version" ] ->
        Output.print $"quantfn {Progress.version}"
        Output.ExitCode.done'
    | _ -> choose json line
