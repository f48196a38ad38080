namespace QuantFunctional.Cli

open Argu

type HelpArgument =
    | [<MainCommand; Unique>] Verb of verb: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Verb _ -> "the verb. Default: the program. Example: quantize"
