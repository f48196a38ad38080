namespace QuantFunctional.Cli

open Argu

type ProfilesArgument =
    | [<MainCommand; Unique>] Name of name: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Name _ -> "the target to show in full. Default: a table of all. Example: tflite"
            | Json ->
                "print JSON: of one target the file that 'quantfn plan --profile FILE' reads. Default: text. "
                + "Example: --json"
