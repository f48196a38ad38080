module QuantFunctional.Cli.Commands.Completion

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional.Cli

let private scripts =
    [
        "bash", BashCompletion.script
        "zsh", ZshCompletion.script
        "pwsh", PwshCompletion.script
    ]

let run (arguments: ParseResults<CompletionArgument>) (_: CancellationToken) : Task =
    let _, script =
        arguments.GetResult CompletionArgument.Shell |> OptionValues.choice "completion" scripts fst

    Output.print (script ())
    Task.CompletedTask
