namespace QuantFunctional.Cli

open Argu

type QuantizeArgument =
    | [<MainCommand; ExactlyOnce>] Model of model: string
    | [<Unique; EqualsAssignmentOrSpaced>] Calibration of data: string
    | Statistics of file: string list
    | [<Unique; EqualsAssignmentOrSpaced>] Recipe of file: string
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
    | [<Unique; EqualsAssignmentOrSpaced>] Save_Pixels of file: string
    | [<Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique>] External_Data
    | [<Unique; EqualsAssignmentOrSpaced>] For of engine: string
    | [<Unique; EqualsAssignmentOrSpaced>] Precision of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Preset of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Ranges of method: string
    | [<Unique>] Round_Each_Operator
    | [<Unique>] Per_Tensor
    | [<Unique>] Symmetric_Activations
    | [<Unique; EqualsAssignmentOrSpaced>] Weight_Only of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Group of size: int
    | [<Unique>] Zero_Points
    | [<EqualsAssignmentOrSpaced>] Keep_8_Bit of node: string
    | [<Unique; EqualsAssignmentOrSpaced>] Embedding of name: string
    | [<EqualsAssignmentOrSpaced>] Exclude of node: string
    | [<EqualsAssignmentOrSpaced>] Exclude_Type of operator: string
    | [<Unique>] Keep_Transposed
    | [<Unique; EqualsAssignmentOrSpaced>] Plan of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Save_Recipe of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Report of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Compare of data: string
    | [<Unique>] No_Check
    | [<Unique; EqualsAssignmentOrSpaced>] Require_Sqnr of decibels: float
    | [<Unique; EqualsAssignmentOrSpaced>] Require_Agreement of share: float
    | [<Unique; EqualsAssignmentOrSpaced>] Target_Sqnr of decibels: float
    | [<Unique; EqualsAssignmentOrSpaced>] Target_Agreement of share: float
    | [<Unique; EqualsAssignmentOrSpaced>] Max_Drop of points: float
    | [<Unique; EqualsAssignmentOrSpaced>] Evaluations of count: int
    | [<Unique; EqualsAssignmentOrSpaced>] Budget of minutes: float
    | [<Unique; EqualsAssignmentOrSpaced>] Work of folder: string
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
            | Model _ ->
                "the float model: an ONNX file, or with --weight-only also a folder with genai_config.json. Required. Example: model.onnx"
            | Calibration _ ->
                $"typical inputs of the model, from which the range of every tensor is taken: {SampleUsage.folder}; samples along the "
                + "first axis, in the archives of a folder all inputs of one sample or of several. Required, except beside --statistics or --recipe, and with "
                + "--weight-only, where weights are rounded so that their errors cancel on them, and the result is checked on them. For a decoder, rows of tokens will do. Default: none. Example: --calibration images.npz"
            | Statistics _ ->
                "what all samples showed, the files of 'quantfn calibrate': one, or those of all shards in any order. With --calibration "
                + "beside them, the result has the same bytes as from the samples alone; without, nothing is measured. May be repeated. "
                + "Default: the samples are run. Example: --statistics s1.json s2.json"
            | Recipe _ ->
                "every choice as --save-recipe wrote it: model and plan get the same bytes as then, without data. It decides all options that "
                + "choose; --calibration beside it only checks the result. Default: choices are made. Example: --recipe model.recipe.json"
            | Skip_Sample _ ->
                "leave calibration samples out, by index from 0, such as one that a warning names. "
                + "Default: all are used. Example: --skip-sample 5 12"
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
            | Output _ ->
                "the integer model to write. Default: MODEL.int8.onnx beside the input, MODEL.int16.onnx for 16-bit "
                + "precisions, MODEL.w8.onnx and MODEL.w4.onnx with --weight-only; of a folder a folder, FOLDER.w8 or FOLDER.w4. Example: -o build/model.onnx"
            | Force -> "replace files that exist. Default: an existing file is an error. Example: --force"
            | External_Data ->
                "write the weights to a file of their own, OUTPUT.data beside the model. Default: where they exceed 1.5 GB, or a table is shared. "
                + "Example: --external-data"
            | For _ ->
                "what is to load the file besides ONNX Runtime: opencv, whose release 5.0 takes the bias of a Gemm only as a real "
                + "constant. ONNX Runtime makes the same integers of that from 1.21 on. Default: onnxruntime alone. "
                + "Example: --for opencv"
            | Precision _ ->
                "how a layer computes its output: tflite-int8 (a multiplier and a shift), sima-int8 (a shift alone) or "
                + "restricted-tflite-int8 (TFLite's form with the multiplier 1); tflite-int16, sima-int16 and "
                + "restricted-tflite-int16 store every activation in 16 bits, for other targets than ONNX Runtime, "
                + "which runs such layers in float. Default: tflite-int8. Example: --precision sima-int8"
            | Profile _ ->
                "the target that the layers are planned for: a name from 'quantfn profiles', or a file like those that it "
                + "prints. Default: onnxruntime for 8-bit precisions, reference for 16-bit ones. "
                + "Example: --profile tflite"
            | Preset _ ->
                "how much is measured for the sake of accuracy: fast (nothing: ranges from extremes, nearest weights), balanced "
                + "(ranges, factors and order of channels, and biases, for groups of tensors and layers at once) or best (the same down to "
                + "single ones, then weights rounded so that their errors cancel). Default: balanced. Example: --preset fast"
            | Round_Each_Operator ->
                "round after every element-wise operator. Default: operators in a row on one tensor are rounded once, at their end. "
                + "Example: --round-each-operator"
            | Ranges _ ->
                "how the range of each activation is chosen from the values that it takes: minmax, percentile:P (P % of the values "
                + "lie in it), mse (the least expected squared error of rounding and clipping), or auto, which is mse where that "
                + "lowers the measured error of the outputs on held-back calibration samples, and minmax elsewhere. "
                + "Default: auto, with --preset fast minmax. Example: --ranges percentile:99.99"
            | Per_Tensor ->
                "one step for all weights of a layer. Default: one per output channel. Example: --per-tensor"
            | Symmetric_Activations ->
                "give activations the zero point 0. Default: the zero point that wastes no range. "
                + "Example: --symmetric-activations"
            | Weight_Only _ ->
                "make integers of the weights of Gemm and MatMul alone, int8 or int4, and leave activations in float; "
                + "no calibration is needed. Default: activations and weights. Example: --weight-only int4"
            | Group _ ->
                "with --weight-only, how many neighbouring inputs share a step: 16, 32, 64, 128 or 256. Default: all of an "
                + "output channel for int8, 32 for int4. Example: --group 64"
            | Zero_Points ->
                "with --weight-only int4, write uint4 weights with a zero point for each step, so that the range from the lowest to the "
                + "highest weight has all 16 integers. Default: int4 about 0. Example: --zero-points"
            | Keep_8_Bit _ ->
                "with --weight-only int4, give products int8 weights: head (whose result is an output of the model), sensitive (the head, "
                + "the values of each attention, the end of each feed-forward part, and, with --calibration, what loses most there), or "
                + "nodes as --exclude takes them. May be repeated. Default: none. Example: --keep-8-bit sensitive"
            | Embedding _ ->
                "with --weight-only, what the table of a language model's tokens becomes: int8, int4 (in models with ONNX Runtime's own "
                + "operators) or float. A head that has the same table gets the same integers, stored once. Default: int8. "
                + "Example: --embedding float"
            | Exclude _ ->
                "leave nodes in float: a name of a node or of its first output, a pattern where * stands for any letters and "
                + "? for one, or several with commas between them. May be repeated. Default: none. "
                + "Example: --exclude conv1,conv2 --exclude 'decoder/*'"
            | Exclude_Type _ ->
                "leave every node of an operator in float; several with commas between them. May be repeated. Default: none. "
                + "Example: --exclude-type Softmax,LayerNormalization"
            | Keep_Transposed ->
                "leave every ConvTranspose in float. Default: it is written as the Conv that it is, which ONNX Runtime runs in "
                + "integers. Example: --keep-transposed"
            | Plan _ ->
                "write every layer's plan, and how it was found, as one JSON document. Default: not written. "
                + "Example: --plan model.plan.json"
            | Save_Recipe _ ->
                "write every choice as JSON, with arrays beside it where biases are corrected, so that --recipe makes the same result without "
                + "data. Default: not written. Example: --save-recipe model.recipe.json"
            | Report _ ->
                "write a page for people, one file that needs no network: the quality before and after, which tensors and layers cost "
                + "how much, histograms, what stayed in float and why. Default: not written. Example: --report report.html"
            | Compare _ ->
                "run both models on these inputs and tell how far they are apart, as 'quantfn compare' does. "
                + "Default: no comparison. Example: --compare test.npz"
            | No_Check ->
                "do not run the result beside the float model on some of the calibration samples. "
                + "Default: it is run, and warned of where an output is mostly rounding. Example: --no-check"
            | Require_Sqnr _ ->
                "write nothing, and end with exit code 1, where an output is at fewer decibels to the float model in that "
                + "check. Default: nothing is required. Example: --require-sqnr 25"
            | Require_Agreement _ ->
                "write nothing, and end with exit code 1, where a smaller share of an output's arg maxima is the float "
                + "model's in that check. Default: nothing is required. Example: --require-agreement 0.98"
            | Target_Sqnr _ ->
                "leave as few multiply-adds in float as it takes for every output to be at so many decibels to the float model on "
                + "held-back calibration samples. Networks are tried and measured; where none reaches it, the best one is written, and "
                + "the exit code is 1. Default: no target. Example: --target-sqnr 30"
            | Target_Agreement _ ->
                "the same, for the share of every output's arg maxima that are the float model's. Default: no target. "
                + "Example: --target-agreement 0.98"
            | Max_Drop _ ->
                "the same, for the percentage points that top-1 may fall on the data of --compare, whose array labels holds the "
                + "classes. Default: no target. Example: --max-drop 0.5"
            | Evaluations _ ->
                "with a target, how many networks are tried at most; those that an earlier run left in the work folder count, too. "
                + "Default: until the search ends by itself. Example: --evaluations 40"
            | Budget _ ->
                "with a target, after how many minutes of searching no further network is tried; only without it are the bytes "
                + "promised to be the same. Default: no limit. Example: --budget 10"
            | Work _ ->
                "with a target, the folder in which every tried network's figures are kept, and from which a search goes on that was "
                + "ended. Default: OUTPUT.work beside the result. Example: --work build/search"
            | Config _ ->
                "a JSON file whose member \"quantize\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | All -> "list every node in float, with its reason. Default: many are grouped. Example: --all"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the report as one JSON document. Default: text. Example: --json"
