namespace QuantFunctional.Cli

open Argu

type VerifyArgument =
    | [<MainCommand; ExactlyOnce>] Plan of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Profile of name: string
    | [<Unique; EqualsAssignmentOrSpaced>] Against of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Float of model: string
    | [<Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique>] Force
    | [<Unique; EqualsAssignmentOrSpaced>] Config of file: string
    | [<Unique>] All
    | [<Unique>] Verbose
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Plan _ ->
                "a plan, the JSON file of 'quantfn plan' or 'quantfn quantize --plan'; or a quantized model, an ONNX file or a "
                + "folder of ONNX Runtime GenAI, whoever made it. Required. Example: plan.json"
            | Layer _ -> "the layer to verify. Default: all. Example: --layer conv1"
            | Profile _ ->
                "the target, a name or file, that is proven of: onnxruntime demands the same integers on every processor, "
                + "onnxruntime-vnni those of x64 with VNNI alone; a plan's layers are proven of processors that their own "
                + "profile knows. Default: the profile that each layer of a plan was planned for; of a model onnxruntime with "
                + "8-bit activations, tflite or reference with 16-bit ones. Example: --profile onnxruntime-vnni"
            | Against _ ->
                "a certificate to check again, claim by claim, by other code than made it; exit code 0 where all of it "
                + "is true of the plan or the model, 1 where not; or, of a model of which the weights alone are integers, its plan, "
                + "whose every integer, step and zero point the model has to hold. Default: none. Example: --against certificate.json"
            | Float _ ->
                "of a model of which the weights alone are integers: the float model, an ONNX file or a folder of ONNX Runtime GenAI, "
                + "from which the squared error of each block is measured; it has to be at most that of the nearest integers, "
                + "unless the plan of --against says that weights were rounded by samples. Default: none. Example: --float model.onnx"
            | Output _ -> "write the certificate, a JSON file. Default: none. Example: -o certificate.json"
            | Force -> "replace the certificate if it exists. Default: refuse. Example: --force"
            | Config _ ->
                "a JSON file whose member \"verify\" holds options by their long names; those of the command line win, and paths "
                + "in it start from its own folder. Default: none. Example: --config quantfn.json"
            | All ->
                "list every node that is not on integers, with its reason. Default: many are grouped. Example: --all"
            | Verbose ->
                "tell on stderr what is being read and done, and how long it takes. Default: bars, where stderr is a terminal. "
                + "Example: --verbose"
            | Json -> "print the certificate as one JSON document. Default: text. Example: --json"
