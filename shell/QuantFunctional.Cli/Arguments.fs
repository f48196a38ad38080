namespace QuantFunctional.Cli

open Argu

type QuantizeArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Calibration of data: string
    | [<Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Precision of name: string
    | [<Unique>] Per_Tensor
    | [<Unique>] Symmetric_Activations
    | [<EqualsAssignmentOrSpaced>] Exclude of node: string
    | [<Unique; EqualsAssignmentOrSpaced>] Plan of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Compare of data: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ -> "the float model, an ONNX file. Required. Example: model.onnx"
            | Calibration _ ->
                "typical inputs of the model, from which the range of every tensor is taken: an .npz or .npy file, or "
                + "a folder of .npy files; samples along the first axis. Required. Example: --calibration images.npz"
            | Output _ ->
                "the integer model to write. Default: MODEL.int8.onnx beside the input. Example: -o build/model.onnx"
            | Force -> "replace files that exist. Default: an existing file is an error. Example: --force"
            | Precision _ ->
                "how a layer computes its 8-bit output: tflite-int8 (a multiplier and a shift), sima-int8 (a shift "
                + "alone) or restricted-tflite-int8 (TFLite's form with the multiplier 1). Default: tflite-int8. "
                + "Example: --precision sima-int8"
            | Per_Tensor ->
                "one step for all weights of a layer. Default: one per output channel. Example: --per-tensor"
            | Symmetric_Activations ->
                "give activations the zero point 0. Default: the zero point that wastes no range. "
                + "Example: --symmetric-activations"
            | Exclude _ ->
                "leave a node in float; it is called by its name or by its first output. May be repeated. "
                + "Default: none. Example: --exclude conv1 --exclude conv2"
            | Plan _ ->
                "write every layer's plan, and how it was found, as one JSON document. Default: not written. "
                + "Example: --plan model.plan.json"
            | Compare _ ->
                "run both models on these inputs and tell how far they are apart, as 'quantfn compare' does. "
                + "Default: no comparison. Example: --compare test.npz"
            | Json -> "print the report as one JSON document. Default: text. Example: --json"

type CompareArgument =
    | [<MainCommand; ExactlyOnce>] Models of float_model: string * quantized_model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Data of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Labels of array: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Models _ ->
                "the float model and the one that was made from it, ONNX files. Required. "
                + "Example: model.onnx model.int8.onnx"
            | Data _ ->
                "inputs of the models: an .npz or .npy file, or a folder of .npy files, with samples along the first "
                + "axis. Required. Example: --data test.npz"
            | Labels _ ->
                "the array of the data that holds the right class of each sample, counted from 0. Default: 'labels', "
                + "where there is one. Example: --labels classes"
            | Json ->
                "print the result as one JSON document: top-1 and agreement as fractions, SQNR in decibels (null where "
                + "it is infinite, as for equal outputs). Default: text. Example: --json"

type InspectArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ -> "the model, an ONNX file. Required. Example: model.onnx"
            | Json -> "print the result as one JSON document. Default: text. Example: --json"

type Argument =
    | [<CliPrefix(CliPrefix.None)>] Quantize of ParseResults<QuantizeArgument>
    | [<CliPrefix(CliPrefix.None)>] Compare of ParseResults<CompareArgument>
    | [<CliPrefix(CliPrefix.None)>] Inspect of ParseResults<InspectArgument>
    | [<Unique>] Version

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Quantize _ -> "make an integer model of a float model"
            | Compare _ -> "run two models on the same inputs and tell how far they are apart"
            | Inspect _ -> "show what is in a model and what would be quantized"
            | Version -> "print the version. Example: quantfn --version"

module Examples =
    /// What the help of a verb ends with; that of the program where the verb is empty.
    let ofVerb (verb: string) : string list =
        match verb with
        | "quantize" ->
            [
                "quantfn quantize model.onnx --calibration images.npz --compare test.npz"
                "quantfn quantize model.onnx --calibration images.npz -o out.onnx --exclude conv1 --plan plan.json"
            ]
        | "compare" ->
            [
                "quantfn compare model.onnx model.int8.onnx --data test.npz --labels classes"
            ]
        | "inspect" -> [ "quantfn inspect model.onnx" ]
        | _ ->
            [
                "quantfn inspect model.onnx"
                "quantfn quantize model.onnx --calibration images.npz --compare test.npz"
            ]
