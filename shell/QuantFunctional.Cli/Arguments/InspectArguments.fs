namespace QuantFunctional.Cli

open Argu

type InspectArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique>] All
    | [<Unique>] Verbose
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ -> "the model, an ONNX file or a folder of ONNX Runtime GenAI. Required. Example: model.onnx"
            | All ->
                "list every node that would stay in float, with its reason. Default: many are grouped. Example: --all"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the result as one JSON document. Default: text. Example: --json"
