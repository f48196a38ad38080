namespace QuantFunctional.Cli

open Argu

type VerifyArgument =
    | [<MainCommand; ExactlyOnce>] Plan of plan: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Plan _ ->
                "the plan, a JSON file of 'quantfn plan' or 'quantfn quantize --plan'. Required. Example: plan.json"
            | Layer _ -> "the layer to verify. Default: all. Example: --layer conv1"
            | Output _ -> "write the certificate, a JSON file. Default: none. Example: -o certificate.json"
            | Force -> "replace the certificate if it exists. Default: refuse. Example: --force"
            | Json -> "print the certificate as one JSON document. Default: text. Example: --json"
