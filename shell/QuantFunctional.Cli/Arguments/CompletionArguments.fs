namespace QuantFunctional.Cli

open Argu

type CompletionArgument =
    | [<MainCommand; ExactlyOnce>] Shell of shell: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Shell _ -> "bash, zsh or pwsh. Required. Example: bash"
