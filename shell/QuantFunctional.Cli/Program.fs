module QuantFunctional.Cli.Program

[<EntryPoint>]
let main _ = 0
