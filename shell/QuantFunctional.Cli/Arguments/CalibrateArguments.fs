namespace QuantFunctional.Cli

open Argu

type CalibrateArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Data of data: string
    | [<Unique; EqualsAssignmentOrSpaced>] Shard of part: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | Skip_Sample of index: int64 list
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
    | [<Unique>] Symmetric_Activations
    | [<EqualsAssignmentOrSpaced>] Exclude of node: string
    | [<EqualsAssignmentOrSpaced>] Exclude_Type of operator: string
    | [<Unique>] Keep_Transposed
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
            | Model _ -> "the float model, an ONNX file. Required. Example: model.onnx"
            | Data _ ->
                $"typical inputs of the model, all of them also where a shard is observed: {SampleUsage.folder}; samples along the "
                + "first axis. Required. Example: --data images.npz"
            | Shard _ ->
                "observe a part of the samples, K/N: those whose index, from 0, leaves the rest K-1 when it is divided by N. The files "
                + "of all N parts are the statistics, whoever makes them in whatever order. Default: all samples. Example: --shard 2/4"
            | Output _ -> "the statistics to write, a JSON file. Required. Example: -o statistics.json"
            | Force -> "replace a file that exists. Default: an existing file is an error. Example: --force"
            | Skip_Sample _ ->
                "leave samples out, by index from 0, such as one that a warning names. Default: all are used. "
                + "Example: --skip-sample 5 12"
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
            | Symmetric_Activations ->
                "observe for activations with the zero point 0, as 'quantfn quantize' with the same option. "
                + "Default: for the zero point that wastes no range. Example: --symmetric-activations"
            | Exclude _ ->
                "observe for a model in which these nodes stay in float, as 'quantfn quantize' with the same option. May be repeated. "
                + "Default: none. Example: --exclude conv1"
            | Exclude_Type _ ->
                "observe for a model in which every node of an operator stays in float, as 'quantfn quantize' with the same option. "
                + "May be repeated. Default: none. Example: --exclude-type Softmax"
            | Keep_Transposed ->
                "observe for a model in which every ConvTranspose stays in float, as 'quantfn quantize' with the same option. "
                + "Default: it is written as the Conv that it is. Example: --keep-transposed"
            | Config _ ->
                "a JSON file whose member \"calibrate\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the summary as one JSON document. Default: text. Example: --json"
