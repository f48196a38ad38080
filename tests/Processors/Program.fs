module QuantFunctional.Processors.Program

open System
open System.Globalization
open System.IO
open Argu
open QuantFunctional

let private parser<'argument when 'argument :> IArgParserTemplate> (name: string) : ArgumentParser<'argument> =
    ArgumentParser.Create<'argument>(
        programName = name,
        errorHandler = ExceptionExiter(),
        usageStringCharacterWidth = 100,
        checkStructure = false
    )

let private chosen (names: string option) : Processor list =
    match names with
    | None -> Processor.all
    | Some names ->
        let known = Processor.all |> List.map _.Name
        let wanted = names.Split(',', StringSplitOptions.TrimEntries) |> List.ofArray

        match wanted |> List.tryFind (fun name -> not (List.contains name known)) with
        | Some unknown ->
            Output.refuse $"""--processors: there is no '{unknown}'; the names are {String.concat ", " known}."""
        | None -> Processor.all |> List.filter (fun processor -> List.contains processor.Name wanted)

/// A whole number that is not below the least one.
let private whole (option: string) (least: int) (value: int option) : int option =
    match value with
    | Some value when value < least -> Output.refuse $"{option}: {value} is not {least} or more."
    | value -> value

let private compare (arguments: ParseResults<CompareArgument>) : Output.Report =
    let models = arguments.GetResult CompareArgument.Models

    let data =
        match arguments.GetResults CompareArgument.Data with
        | [] -> Output.refuse "--data: which samples? Example: --data samples/fashion/fashion.test.npz"
        | [ one ] -> models |> List.map (fun _ -> one)
        | several when several.Length = models.Length -> several
        | several ->
            Output.refuse $"--data: {several.Length} of them for {models.Length} models; give one, or one for each."

    let samples = whole "--samples" 1 (arguments.TryGetResult CompareArgument.Samples)
    let lastPlaces = whole "--ulps" 0 (arguments.TryGetResult CompareArgument.Ulps)
    let processors = chosen (arguments.TryGetResult CompareArgument.Processors)

    List.map2 Subject.load models data
    |> Comparison.run processors samples
    |> ComparisonReport.make (int64 (defaultArg lastPlaces 0))

let private record (arguments: ParseResults<RecordArgument>) : Output.Report =
    let path = arguments.GetResult(RecordArgument.File, RecordReport.file)

    if not (arguments.Contains RecordArgument.Check) then
        RecordReport.record path
    elif File.Exists path then
        RecordReport.check path
    else
        Output.refuse $"--file: there is no {path}; run from the root of the repository, or name it."

/// Parses a command line and does the work.
let private obey
    (name: string)
    (examples: string list)
    (isJson: ParseResults<'argument> -> bool)
    (work: ParseResults<'argument> -> Output.Report)
    line
    =
    let parser = parser<'argument> name

    try
        let results = parser.ParseCommandLine line
        let report = work results

        if isJson results then
            Console.Out.WriteLine(Output.toJson report.Document)
        else
            report.Show()

        if report.Passed then
            Output.ExitCode.same
        else
            Output.ExitCode.failed
    with
    | :? ArguParseException as told when told.ErrorCode = ErrorCode.HelpText ->
        let examples =
            examples |> List.map (fun line -> $"    {line}") |> String.concat "\n"

        Console.Out.WriteLine $"{told.Message.TrimEnd()}\n\nEXAMPLES:\n\n{examples}"
        Output.ExitCode.same
    | :? ArguParseException as error ->
        let first = error.Message.Split('\n')[0]
        let sentence = first.Replace("ERROR: ", "").Trim()
        Output.say $"{sentence} Try '{name} --help'."
        Output.ExitCode.badInput
    | Output.BadInput message ->
        Output.say message
        Output.ExitCode.badInput
    | :? QuantException as fault ->
        Output.say fault.Message

        if fault.Kind = FaultKind.BadInput then
            Output.ExitCode.badInput
        else
            Output.ExitCode.failed
    | Output.Failed message ->
        Output.say message
        Output.ExitCode.failed
    | :? IOException
    | :? UnauthorizedAccessException as error ->
        Output.say error.Message
        Output.ExitCode.failed
    | unexpected ->
        Output.say $"unexpected {unexpected.GetType().Name}: {unexpected.Message}"
        Output.ExitCode.failed

[<EntryPoint>]
let main line =
    // Argu and .NET read and write numbers in the current culture, which the environment chooses
    CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
    CultureInfo.DefaultThreadCurrentCulture <- CultureInfo.InvariantCulture

    match List.ofArray line with
    | "record" :: rest ->
        obey
            "processors record"
            Examples.record
            (fun results -> results.Contains RecordArgument.Json)
            record
            (Array.ofList rest)
    | _ -> obey "processors" Examples.compare (fun results -> results.Contains CompareArgument.Json) compare line
