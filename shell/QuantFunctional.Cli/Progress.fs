/// What a user sees while the work goes on, on stderr.
module QuantFunctional.Cli.Progress

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Threading.Tasks
open QuantFunctional.Onnx
open Spectre.Console

let version: string =
    match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
    | null -> "0.0.0"
    | attribute -> attribute.InformationalVersion.Split('+')[0]

let private console =
    lazy AnsiConsole.Create(AnsiConsoleSettings(Out = AnsiConsoleOutput Console.Error))

let private isTerminal: Lazy<bool> =
    lazy (not Console.IsErrorRedirected && console.Value.Profile.Capabilities.Ansi)

let private size (file: string) : string =
    let info = FileInfo file

    if info.Exists then
        $" ({Output.grouped info.Length} bytes)"
    else
        ""

let private tellFiles (files: string list) : unit =
    let names = files |> List.map (fun file -> file + size file) |> String.concat ", "
    Output.say $"reading {names}"

/// The first that is told, where a user wants to know or sits before a terminal: what is being read.
let reading (verbose: bool) (files: string list) : unit =
    if verbose || isTerminal.Value then
        tellFiles files

/// One bar for each stage. Reports arrive on the threads that do the work.
type private Bars(context: ProgressContext) =
    let bars = Dictionary<string, ProgressTask>()

    interface IProgress<QuantizeProgress> with
        member _.Report progress =
            lock bars (fun () ->
                let stage = progress.Text

                let bar =
                    match bars.TryGetValue stage with
                    | true, bar -> bar
                    | _ ->
                        let bar = context.AddTask(Markup.Escape stage)
                        bars[stage] <- bar
                        bar

                bar.IsIndeterminate <- progress.Total <= 0
                bar.MaxValue <- float (max 1L progress.Total)
                bar.Value <- float progress.Done)

/// One line for each stage that begins, and for each that ends.
type private Lines(clock: Stopwatch) =
    let began = Dictionary<string, TimeSpan>()
    let ended = HashSet<string>()

    let seconds (time: TimeSpan) = Output.fixedPoint 2 time.TotalSeconds

    interface IProgress<QuantizeProgress> with
        member _.Report progress =
            lock began (fun () ->
                let stage = progress.Text

                if began.TryAdd(stage, clock.Elapsed) then
                    Output.say $"{stage}: begun after {seconds clock.Elapsed} s"

                if progress.Total > 0L && progress.Done >= progress.Total && ended.Add stage then
                    let took = seconds (clock.Elapsed - began[stage])
                    Output.say $"{stage}: {Output.grouped progress.Total} done in {took} s")

let private withLines (work: (IProgress<QuantizeProgress> | null) -> Task<'result>) : Task<'result> =
    let processor = $"{RuntimeInformation.OSArchitecture}, {HostProcessor.Profile.Name}"
    Output.say $"version {version}, {RuntimeInformation.FrameworkDescription}, {processor}"

    task {
        let clock = Stopwatch.StartNew()
        let! result = work (Lines clock)
        Output.say $"done after {Output.fixedPoint 2 clock.Elapsed.TotalSeconds} s"
        return result
    }

/// Does the work on some files: with lines on stderr where a user wants them, else with bars where that is a terminal.
let during
    (verbose: bool)
    (files: string list)
    (work: (IProgress<QuantizeProgress> | null) -> Task<'result>)
    : Task<'result> =
    reading verbose files

    if verbose then
        withLines work
    elif isTerminal.Value then
        console.Value
            .Progress()
            .AutoClear(true)
            .Columns(TaskDescriptionColumn(), ProgressBarColumn(), PercentageColumn(), RemainingTimeColumn())
            .StartAsync(fun context -> work (Bars context))
    else
        work null
