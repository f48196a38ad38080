namespace QuantFunctional.Cli

open Argu

type VectorsArgument =
    | [<MainCommand; ExactlyOnce>] Plan of plan: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Input_Shape of sizes: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of folder: string
    | [<Unique; EqualsAssignmentOrSpaced>] Count of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Seed of number: int64
    | [<Unique; EqualsAssignmentOrSpaced>] Format of name: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Plan _ ->
                "the plan, a JSON file of 'quantfn plan' or 'quantfn quantize --plan'. Required. Example: plan.json"
            | Layer _ ->
                "the layer to make vectors of. Default: every one, each in a folder of its own where there are several. "
                + "Example: --layer conv1"
            | Profile _ ->
                "the processor that the vectors are of, a profile that means the same integers as the layer's own. Default: "
                + "the layer's own. Example: --profile onnxruntime-x64-avx2"
            | Input_Shape _ ->
                "the sizes of the input's spatial axes; of several layers --layer names the one. Default: the smallest "
                + "at which an output reads the whole kernel. "
                + "Example: --input-shape 8,8"
            | Output _ ->
                "the folder to make; it must not exist, or be empty. It gets manifest.json, the inputs, products, "
                + "accumulators and outputs, and the layer's constants, or a numbered folder of these for each layer. Required. Example: -o vectors"
            | Count _ ->
                "how many random vectors follow the corners: all lowest, all highest, the zero point, alternating, and "
                + "the worst case of each output channel in both directions. Default: 16. Example: --count 100"
            | Seed _ -> "the seed of the random vectors, a whole number. Default: 1. Example: --seed 7"
            | Format _ ->
                "npy: NumPy's files; hex: text that Verilog's $readmemh reads, two's complement, one word on a line. "
                + "Default: npy. Example: --format hex"
            | Force ->
                "replace a folder that holds vectors and nothing else. Default: a folder with files is an error. "
                + "Example: --force"
            | Config _ ->
                "a JSON file whose member \"vectors\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | Json -> "print the manifest as JSON, or each folder with its manifest. Default: text. Example: --json"
