module QuantFunctional.Processors.Program

open System
open System.IO
open Argu
open QuantFunctional.Commands

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

        names.Split(',', StringSplitOptions.TrimEntries)
        |> List.ofArray
        |> List.collect (fun name ->
            let named = Processor.all |> List.filter (fun processor -> processor.Name = name)

            match named, Processor.release name with
            | [], Some release -> [ release ]
            | [], None when name = "releases" -> Processor.releases |> List.choose Processor.release
            | [], None ->
                Output.refuse
                    $"""--processors: there is no '{name}'; the names are {String.concat ", " known}, releases, and any release, such as 1.20.1."""
            | named, _ -> named)
        |> List.distinct

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

    let feed subject =
        let asItIs = Subject.feed samples subject

        if arguments.Contains Moved then
            Moved.beside asItIs
        else
            asItIs

    List.map2 Subject.load models data
    |> Comparison.run processors feed
    |> ComparisonReport.make (int64 (defaultArg lastPlaces 0))

let private random (arguments: ParseResults<RandomArgument>) : Output.Report =
    let count =
        arguments.TryGetResult Networks |> whole "--networks" 1 |> Option.defaultValue 10

    let seed = arguments.GetResult(Seed, 1)
    let samples = whole "--samples" 1 (arguments.TryGetResult RandomArgument.Samples)
    let processors = chosen (arguments.TryGetResult RandomArgument.Processors)
    use place = new Workplace()

    List.init count (RandomNetwork.quantized place.Folder seed)
    |> Comparison.run processors (Subject.feed samples)
    |> ComparisonReport.make 0L

let private record (arguments: ParseResults<RecordArgument>) : Output.Report =
    let path = arguments.GetResult(RecordArgument.File, RecordReport.file)

    if not (arguments.Contains RecordArgument.Check) then
        RecordReport.record path
    elif File.Exists path then
        RecordReport.check path
    else
        Output.refuse $"--file: there is no {path}; run from the root of the repository, or name it."

let private releases (arguments: ParseResults<ReleasesArgument>) : Output.Report =
    let samples = whole "--samples" 1 (arguments.TryGetResult ReleasesArgument.Samples)

    let versions =
        match arguments.TryGetResult ReleasesArgument.Releases with
        | None -> Releases.installed ()
        | Some names -> names.Split(',', StringSplitOptions.TrimEntries) |> List.ofArray

    let releases =
        versions
        |> List.map (fun name ->
            match Processor.release name with
            | Some release -> release
            | None -> Output.refuse $"--releases: '{name}' is no release; an example is 1.20.1.")

    use place = new Workplace()
    ReleaseFiles.all place.Folder |> Releases.run releases samples |> ReleasesReport.make

/// Parses a command line and does the work.
let private obey
    (name: string)
    (examples: string list)
    (isJson: ParseResults<'argument> -> bool)
    (work: ParseResults<'argument> -> Output.Report)
    (line: string array)
    : int =
    CommandLine.run name examples (fun () ->
        let results = (parser<'argument> name).ParseCommandLine line
        work results, isJson results)

[<EntryPoint>]
let main line =
    match List.ofArray line with
    | "random" :: rest ->
        obey
            "processors random"
            Examples.random
            (fun results -> results.Contains RandomArgument.Json)
            random
            (Array.ofList rest)
    | "releases" :: rest ->
        obey
            "processors releases"
            Examples.releases
            (fun results -> results.Contains ReleasesArgument.Json)
            releases
            (Array.ofList rest)
    | "record" :: rest ->
        obey
            "processors record"
            Examples.record
            (fun results -> results.Contains RecordArgument.Json)
            record
            (Array.ofList rest)
    | _ -> obey "processors" Examples.compare (fun results -> results.Contains CompareArgument.Json) compare line
