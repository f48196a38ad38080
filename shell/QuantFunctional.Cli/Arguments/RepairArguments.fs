namespace QuantFunctional.Cli

open Argu

type RepairArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Compare of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Float of model: string
    | [<EqualsAssignmentOrSpaced>] Batch_Axis of name_axis: string
    | [<EqualsAssignmentOrSpaced>] Dim of name_value: string
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] All
    | [<Unique>] Verbose
    | [<Unique>] Json

    /// What it says of how samples are fed.
    member argument.OfSamples: SampleOption option =
        match argument with
        | Batch_Axis text -> Some(BatchAxis text)
        | Dim text -> Some(Dimension text)
        | _ -> None

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Model _ ->
                "the quantized model, an ONNX file of any tool: operators between QuantizeLinear and DequantizeLinear, "
                + "operators that carry their scales along, or dynamic quantization. Required. Example: model.int8.onnx"
            | Output _ ->
                "the repaired model to write. Default: MODEL.repaired.onnx beside the input; nothing is written where there "
                + "is nothing to repair. Example: -o build/model.onnx"
            | Force -> "replace a file that exists. Default: an existing file is an error. Example: --force"
            | Profile _ ->
                "the target on which nothing may go wrong: a name from 'quantfn profiles', or a file like those that it "
                + "prints. Default: onnxruntime, which is every processor. Example: --profile onnxruntime-x64-avx2"
            | Compare _ ->
                "run the model before and after on these inputs and tell how far both are from the float model, as "
                + "'quantfn compare' does; goes with --float. Default: no comparison. Example: --compare test.npz"
            | Float _ ->
                "the float model that the quantized one was made from; goes with --compare. Default: none. "
                + "Example: --float model.onnx"
            | Batch_Axis _ -> SampleUsage.batchAxis
            | Dim _ -> SampleUsage.dimension
            | Config _ ->
                "a JSON file whose member \"repair\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | All ->
                "list every node that was not looked at, with its reason. Default: many are grouped. Example: --all"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the report as one JSON document. Default: text. Example: --json"
