namespace QuantFunctional.Cli

open Argu

type CompareArgument =
    | [<MainCommand; ExactlyOnce>] Models of float_model: string * quantized_model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Data of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Labels of array: string
    | [<Unique; EqualsAssignmentOrSpaced>] Engine of engine: string
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
            | Engine _ ->
                "quantfn: also run the quantized model on this tool's own integers and count the elements that differ from "
                + "ONNX Runtime's. Default: ONNX Runtime alone. Example: --engine quantfn"
            | Json ->
                "print the result as one JSON document: top-1 and agreement as fractions, SQNR in decibels (null where "
                + "it is infinite, as for equal outputs). Default: text. Example: --json"
