namespace QuantFunctional.Cli

open Argu

type ExplainArgument =
    | [<MainCommand; ExactlyOnce>] Plan of plan: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Channel of number: int
    | [<Unique>] Json
    | [<Unique>] Markdown

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Plan _ ->
                "the plan, a JSON file of 'quantfn plan' or 'quantfn quantize --plan'; or a quantized model, an ONNX file, whose "
                + "plan is looked for in its folder. Required. Example: plan.json"
            | Layer _ ->
                "the layer to explain. Default: the only one, or a table with a row for each. Example: --layer conv1"
            | Channel _ ->
                "one output channel of the layer, counted from 0. Default: the layer as a whole. Example: --channel 5"
            | Json -> "print the facts as one JSON document. Default: text. Example: --json"
            | Markdown -> "print Markdown, for an issue or a report. Default: text. Example: --markdown"
