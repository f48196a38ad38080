namespace QuantFunctional.Cli

open Argu

type SensitivityArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Data of data: string
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
    | [<Unique; EqualsAssignmentOrSpaced>] For of engine: string
    | [<Unique; EqualsAssignmentOrSpaced>] Precision of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Ranges of method: string
    | [<Unique>] Per_Tensor
    | [<Unique>] Symmetric_Activations
    | [<EqualsAssignmentOrSpaced>] Exclude of node: string
    | [<EqualsAssignmentOrSpaced>] Exclude_Type of operator: string
    | [<Unique>] Keep_Transposed
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] All
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
                $"typical inputs of the model, as for the calibration of quantize: {SampleUsage.folder}; ranges are taken from all of them, "
                + "and errors are measured on held-back ones. Required. Example: --data images.npz"
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
            | For _ ->
                "what is to load the file besides ONNX Runtime, as for quantize. Default: onnxruntime alone. Example: --for opencv"
            | Precision _ ->
                "how a layer computes its output, as for quantize: tflite-int8, sima-int8, restricted-tflite-int8, or the same with "
                + "int16. Default: tflite-int8. Example: --precision sima-int8"
            | Profile _ ->
                "the target that the layers are planned for: a name from 'quantfn profiles', or a file like those that it "
                + "prints. Default: onnxruntime for 8-bit precisions, reference for 16-bit ones. "
                + "Example: --profile tflite"
            | Ranges _ ->
                "how the range of each activation is chosen: minmax, percentile:P, mse or auto, as for quantize. Default: auto. "
                + "Example: --ranges minmax"
            | Per_Tensor ->
                "one step for all weights of a layer. Default: one per output channel. Example: --per-tensor"
            | Symmetric_Activations ->
                "give activations the zero point 0. Default: the zero point that wastes no range. "
                + "Example: --symmetric-activations"
            | Exclude _ ->
                "leave nodes in float: a name of a node or of its first output, a pattern where * stands for any letters and "
                + "? for one, or several with commas between them. May be repeated. Default: none. "
                + "Example: --exclude conv1,conv2 --exclude 'decoder/*'"
            | Exclude_Type _ ->
                "leave every node of an operator in float; several with commas between them. May be repeated. Default: none. "
                + "Example: --exclude-type Softmax,LayerNormalization"
            | Keep_Transposed ->
                "leave every ConvTranspose in float. Default: it is written as the Conv that it is. Example: --keep-transposed"
            | Config _ ->
                "a JSON file whose member \"sensitivity\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | All -> "list every rounding. Default: the worst 20. Example: --all"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json ->
                "print the budget as one JSON document (null where nothing is lost). Default: text. Example: --json"
