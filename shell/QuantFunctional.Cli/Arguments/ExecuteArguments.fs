namespace QuantFunctional.Cli

open Argu

type ExecuteArgument =
    | [<MainCommand; ExactlyOnce>] Plan of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Input of file: string
    | [<Unique>] Weights
    | [<EqualsAssignmentOrSpaced>] Batch_Axis of name_axis: string
    | [<EqualsAssignmentOrSpaced>] Dim of name_value: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Trace_Intermediates of folder: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
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
            | Plan _ ->
                "a plan, the JSON file of 'quantfn plan' or 'quantfn quantize --plan', of which one layer runs; or a "
                + "quantized model, an ONNX file or a folder of ONNX Runtime GenAI, which runs as a whole. Required. Example: plan.json"
            | Layer _ ->
                "the layer to run, or whose weights to write. Default: a plan's only one; the whole of a model. Example: --layer conv1"
            | Input _ ->
                "of a model: its inputs, a .npz or .npy file or a folder of .npy files, with samples along the first axis. "
                + "Of a layer: integers as a plan stores them, signed, a .npy file (int8, int16, int32 or int64; those of a "
                + "uint8 model are its own minus 128): samples, channels, then the axes of the kernel. Required without --weights. Default: none. "
                + "Example: --input x.npy"
            | Weights ->
                "run nothing, and write the real numbers that the integer weights of a model's products and embeddings stand for, to "
                + "the bit that ONNX Runtime's DequantizeLinear gives, to -o: a .npz file, else a folder. Default: run. Example: --weights"
            | Batch_Axis _ -> SampleUsage.batchAxis
            | Dim _ -> SampleUsage.dimension
            | Output _ ->
                "the output to write, a .npy file: of a model float32, of a layer the output's integers. A model with "
                + "several outputs asks for a .npz file, weights for a .npz file or a folder. Required. Example: -o y.npy"
            | Profile _ ->
                "the target, a name or file, in whose arithmetic a model runs; of a plan its own on another processor, such as "
                + "onnxruntime-x64-avx2 for one of onnxruntime. What stands between the layers runs as TFLite's kernels do under "
                + "its profiles, as ONNX Runtime's under the others. Default: a plan's own; of a model onnxruntime, computed as "
                + "x64 with VNNI does, with 8-bit activations, and with 16-bit ones tflite, or reference where they have a zero "
                + "point. Example: --profile onnxruntime-arm64"
            | Trace_Intermediates _ ->
                "a folder that exists; of a layer for products.npy, accumulators.npy and what else the target computes "
                + "on the way (int64, as many as outputs), of a whole model for every integer tensor. Default: they are not "
                + "written. Example: --trace-intermediates trace"
            | Force -> "replace files that exist. Default: an existing file is an error. Example: --force"
            | Config _ ->
                "a JSON file whose member \"execute\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the summary as one JSON document. Default: text. Example: --json"
