namespace QuantFunctional.Cli

open Argu

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
