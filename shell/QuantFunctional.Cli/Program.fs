module QuantFunctional.Cli.Program

open System
open System.Globalization
open System.Reflection
open System.Runtime.InteropServices
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional.Cli.Commands

// made only when it is needed, for it takes as long as all else that `--version` does
let private parser =
    lazy
        ArgumentParser.Create<Argument>(
            programName = "quantfn",
            errorHandler = ExceptionExiter(),
            usageStringCharacterWidth = 100,
            checkStructure = false
        )

/// The verbs with the options of each, in the order of the top union.
let private verbs () : Map<string, string list> =
    let verbs =
        parser.Value.GetArgumentCases()
        |> List.filter (fun case -> case.ArgumentType = ArgumentType.SubCommand)
        |> List.collect _.CommandLineNames.Value

    let options =
        parser.Value.GetSubCommandParsers()
        |> List.map (fun verb -> verb.GetArgumentCases() |> List.collect _.CommandLineNames.Value)

    Map(List.zip verbs options)

/// True of a value such as -6,9 or -.5, which begins like an option.
let private isNegativeNumber (argument: string) : bool =
    argument.Length > 1 && argument[0] = '-' && (Char.IsAsciiDigit argument[1] || argument[1] = '.')

/// What is wrong with an argument, if anything. Argu takes a misspelt option for a positional argument, and the
/// fault, where it sees one, is then another argument's.
let private complaint (options: string list) (previous: string, argument: string) : string option =
    match argument.Split('=', 2) with
    | [| "" |] -> Some "an argument is empty."
    | parts when not (argument.StartsWith '-') || argument = "-" -> None
    | parts when isNegativeNumber argument && List.contains previous options -> None
    | parts when not (List.contains parts[0] ("--help" :: options)) -> Some $"unknown option '{parts[0]}'."
    | [| option; "" |] -> Some $"option '{option}' has no value."
    | _ -> None

/// Argu's message is a line that begins with ERROR, and the usage.
let private sentence (error: ArguParseException) : string =
    let lines = error.Message.Split '\n'
    lines[0].Trim().Replace("ERROR: ", "")

let private help (verb: string) (usage: string) : string =
    let examples =
        Examples.ofVerb verb |> List.map (fun line -> $"    {line}") |> String.concat "\n"

    let usage = usage.TrimEnd()
    $"{usage}\n\nEXAMPLES:\n\n{examples}"

let private version () : string =
    match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
    | null -> "0.0.0"
    | attribute -> attribute.InformationalVersion.Split('+')[0]

let private dispatch (results: ParseResults<Argument>) (cancel: CancellationToken) : Task =
    match results.TryGetSubCommand() with
    | Some(Quantize arguments) -> Quantize.run arguments cancel
    | Some(Compare arguments) -> Compare.run arguments cancel
    | Some(Inspect arguments) -> Inspect.run arguments cancel
    | Some(Plan arguments) -> Plan.run arguments cancel
    | Some(Profiles arguments) -> Profiles.run arguments cancel
    | Some(Explain arguments) -> Explain.run arguments cancel
    | Some(Execute arguments) -> Execute.run arguments cancel
    | Some(Verify arguments) -> Verify.run arguments cancel
    | Some(Repair arguments) -> Repair.run arguments cancel
    | Some(Vectors arguments) -> Vectors.run arguments cancel
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

let private obey (verb: string) (line: string array) : int =
    try
        let results = parser.Value.ParseCommandLine line

        if results.Contains Argument.Version then
            Output.print $"quantfn {version ()}"
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
    | :? ArguParseException as error -> Output.wrongUsage verb (sentence error)
    | error -> Output.fault error

[<EntryPoint>]
let main line =
    // Argu and .NET read and write numbers in the current culture, which the environment chooses.
    CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
    CultureInfo.DefaultThreadCurrentCulture <- CultureInfo.InvariantCulture

    match List.ofArray line with
    | [ "--version" ] ->
        Output.print $"quantfn {version ()}"
        Output.ExitCode.done'
    | [] ->
        Console.Error.WriteLine(help "" (parser.Value.PrintUsage()))
        Output.ExitCode.badInput
    | verb :: rest ->
        match (verbs ()).TryFind verb with
        | None -> obey "" line
        | Some options ->
            match List.tryPick (complaint options) (List.pairwise (verb :: rest)) with
            | Some complaint -> Output.wrongUsage verb complaint
            | None -> obey verb line
