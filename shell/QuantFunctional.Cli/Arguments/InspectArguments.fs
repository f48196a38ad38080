namespace QuantFunctional.Cli

open Argu

type InspectArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ -> "the model, an ONNX file. Required. Example: model.onnx"
            | Json -> "print the result as one JSON document. Default: text. Example: --json"
