/// How far long work has come.
module QuantFunctional.Proofs.Progress

open System
open Spectre.Console

/// Does the work, with a bar and the time left on stderr where that is a terminal. The work reports how much was done since
/// its last report, from any thread.
let during (name: string) (total: int64) (work: (int64 -> unit) -> 'result) : 'result =
    let console =
        AnsiConsole.Create(AnsiConsoleSettings(Out = AnsiConsoleOutput Console.Error))

    if Console.IsErrorRedirected || not console.Profile.Capabilities.Ansi then
        work ignore
    else
        console
            .Progress()
            .AutoClear(true)
            .Columns(TaskDescriptionColumn(), ProgressBarColumn(), PercentageColumn(), RemainingTimeColumn())
            .Start(fun context ->
                let bar = context.AddTask(Markup.Escape name, maxValue = float (max 1L total))
                work (fun amount -> lock bar (fun () -> bar.Increment(float amount))))
