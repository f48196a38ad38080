namespace QuantFunctional.Cli

open Argu

type CompareArgument =
    | [<MainCommand; ExactlyOnce>] Models of float_model: string * quantized_model: string
    | [<Unique; EqualsAssignmentOrSpaced>] Data of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Tokens of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Labels of array: string
    | [<EqualsAssignmentOrSpaced>] Batch_Axis of name_axis: string
    | [<EqualsAssignmentOrSpaced>] Dim of name_value: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Size of width_height: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Scale of number: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Mean of numbers: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Std of numbers: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Order of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Layout of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Resize of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Image_Preset of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Save_Pixels of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Engine of engine: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique>] Processors
    | [<Unique>] Time
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] Verbose
    | [<Unique>] Json

    /// What it says of how samples are fed.
    member argument.OfSamples: SampleOption option =
        match argument with
        | Batch_Axis text -> Some(BatchAxis text)
        | Dim text -> Some(Dimension text)
        | Image_Size text -> Some(ImageSize text)
        | Image_Scale text -> Some(ImageScale text)
        | Image_Mean text -> Some(ImageMean text)
        | Image_Std text -> Some(ImageStd text)
        | Image_Order text -> Some(ImageOrder text)
        | Image_Layout text -> Some(ImageLayout text)
        | Image_Resize text -> Some(ImageResize text)
        | Image_Preset text -> Some(ImagePreset text)
        | _ -> None

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Models _ ->
                "the float model and the one that was made from it, ONNX files; with --tokens also the folders in which ONNX Runtime "
                + "GenAI finds decoders. Required. "
                + "Example: model.onnx model.int8.onnx"
            | Data _ ->
                $"inputs of the models: {SampleUsage.folder}, with samples along the first axis. Subfolders of images are classes. "
                + "Default: --tokens; one of both is needed. Example: --data test.npz"
            | Tokens _ ->
                "instead of --data, for decoders: whole numbers [rows, length], each row the begin of a text, as .npy, as .npz or one "
                + "array of it, or as a folder of such files of several lengths. Both models read the same tokens; perplexity, KL, "
                + "agreement and SQNR of their scores are told, of the first four rows also token by token. Default: --data. "
                + "Example: --tokens tokens.npz:test"
            | Labels _ ->
                "the array of the data that holds the right class of each sample, counted from 0. Default: 'labels', "
                + "where there is one. Example: --labels classes"
            | Batch_Axis _ -> SampleUsage.batchAxis
            | Dim _ -> SampleUsage.dimension
            | Image_Size _ -> SampleUsage.imageSize
            | Image_Scale _ -> SampleUsage.imageScale
            | Image_Mean _ -> SampleUsage.imageMean
            | Image_Std _ -> SampleUsage.imageStd
            | Image_Order _ -> SampleUsage.imageOrder
            | Image_Layout _ -> SampleUsage.imageLayout
            | Image_Resize _ -> SampleUsage.imageResize
            | Image_Preset _ -> SampleUsage.imagePreset
            | Save_Pixels _ -> SampleUsage.savePixels
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
                + "the median and the 90th percentile; with --tokens how many tokens a second both read. "
                + "Default: nothing is measured. Example: --time"
            | Config _ ->
                "a JSON file whose member \"compare\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json ->
                "print the result as one JSON document: top-1 and agreement as fractions, SQNR in decibels (null where "
                + "it is infinite, as for equal outputs). Default: text. Example: --json"
