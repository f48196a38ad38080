/// What went wrong: a line on stderr, with --json also a document on stdout, and the exit code.
module QuantFunctional.Cli.Faults

open System
open QuantFunctional

/// What a program reads of a failure. What is not known is null.
type Fault =
    {
        Code: string
        Kind: string
        Message: string
        File: string | null
        Node: string | null
        Remedy: string | null
        ExitCode: int
    }

let private fault (cause: Diagnostic) (kind: string) (exitCode: int) (message: string) : Fault =
    {
        Code = cause.Code
        Kind = kind
        Message = message
        File = null
        Node = null
        Remedy = cause.Remedy
        ExitCode = exitCode
    }

/// What a caller of the library could expect.
let private expected (error: QuantException) : Fault =
    let kind, exitCode =
        match error.Kind with
        | FaultKind.BadInput -> "badInput", Output.ExitCode.badInput
        | _ -> "failed", Output.ExitCode.failed

    { fault error.Diagnostic kind exitCode error.Message with
        File = error.File
        Node = error.Node
        Remedy = error.Remedy
    }

let private ofException (error: exn) : Fault =
    match error with
    | :? QuantException as error -> expected error
    | :? OperationCanceledException ->
        fault Diagnostics.Cancelled "cancelled" Output.ExitCode.failed "cancelled; nothing was written."
    | unexpected ->
        let name = unexpected.GetType().Name

        fault
            Diagnostics.Unexpected
            "unexpected"
            Output.ExitCode.failed
            $"unexpected {name}: {unexpected.Message} (QUANTFN_DEBUG=1 shows where)"

let private tell (json: bool) (fault: Fault) : int =
    Output.say (Output.coded fault.Code fault.Message)

    if json then
        Output.printJsonInstead {| Error = fault |}

    fault.ExitCode

/// What is wrong with the command line, and whose help tells more.
let wrongUsage (json: bool) (verb: string) (message: string) : int =
    let command = $"quantfn {verb}".TrimEnd()

    { fault Diagnostics.WrongUsage "usage" Output.ExitCode.badInput $"{message} Try '{command} --help'." with
        Remedy = $"{command} --help"
    }
    |> tell json

/// One line for whatever went wrong.
let failed (json: bool) (error: exn) : int =
    let code = tell json (ofException error)

    if Environment.GetEnvironmentVariable "QUANTFN_DEBUG" = "1" then
        Console.Error.WriteLine error

    code
