namespace QuantFunctional.Cli

open Argu

type CompareArgument =
    | [<MainCommand; ExactlyOnce>] Models of float_model: string * quantized_model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Data of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Labels of array: string
    | [<Unique; EqualsAssignmentOrSpaced>] Engine of engine: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique>] Processors
    | [<Unique>] Time
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] Verbose
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
            | Profile _ ->
                "with --engine quantfn: the target, a name or file, in whose arithmetic the integers run; that of another "
                + "processor tells on any machine what the model is there. Default: the processor at hand. "
                + "Example: --profile onnxruntime-x64-avx2"
            | Processors ->
                "run the quantized model on this tool's own integers as x64 with VNNI, with AVX2 and with SSE4.1, ARM64 and "
                + "WebAssembly compute them, and show one table: SQNR, agreement, top-1, and output elements that differ from "
                + "the first. Default: ONNX Runtime alone, on the processor at hand. Example: --processors"
            | Time ->
                "measure how long both models take for a sample in ONNX Runtime, on one thread and on as many as it likes, in turns: "
                + "the median and the 90th percentile. Default: nothing is measured. Example: --time"
            | Config _ ->
                "a JSON file whose member \"compare\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json ->
                "print the result as one JSON document: top-1 and agreement as fractions, SQNR in decibels (null where "
                + "it is infinite, as for equal outputs). Default: text. Example: --json"
