/// Does what a command line asks for, and tells a user why not.
module QuantFunctional.Commands.CommandLine

open System
open System.Globalization
open System.IO
open Argu
open QuantFunctional

/// The usage of a verb and its examples.
let help (usage: string) (examples: string list) : string =
    let examples =
        examples |> List.map (fun line -> $"    {line}") |> String.concat "\n"

    $"{usage.TrimEnd()}\n\nEXAMPLES:\n\n{examples}"

let private attempt (name: string) (examples: string list) (work: unit -> Output.Report * bool) : int =
    try
        let report, json = work ()

        if json then
            Console.Out.WriteLine(Output.toJson report.Document)
        else
            report.Show()

        if report.Passed then
            Output.ExitCode.holds
        else
            Output.ExitCode.failed
    with
    | :? ArguParseException as told when told.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine(help told.Message examples)
        Output.ExitCode.holds
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

/// Runs the work of a command, which gives its report and whether that is to be JSON, and gives the exit code. `name` is
/// the command with its verb, as it is typed.
let run (name: string) (examples: string list) (work: unit -> Output.Report * bool) : int =
    // Argu and .NET read and write numbers in the current culture, which the environment chooses
    CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
    CultureInfo.DefaultThreadCurrentCulture <- CultureInfo.InvariantCulture
    attempt name examples work
