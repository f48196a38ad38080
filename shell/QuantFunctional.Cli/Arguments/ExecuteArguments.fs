namespace QuantFunctional.Cli

open Argu

type ExecuteArgument =
    | [<MainCommand; ExactlyOnce>] Plan of plan: string
    | [<Unique; EqualsAssignmentOrSpaced>] Layer of name: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced>] Input of file: string
    | [<Mandatory; Unique; EqualsAssignmentOrSpaced; AltCommandLine "-o">] Output of file: string
    | [<Unique; EqualsAssignmentOrSpaced>] Trace_Intermediates of folder: string
    | [<Unique>] Force
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Plan _ ->
                "the plan, a JSON file of 'quantfn plan' or 'quantfn quantize --plan'. Required. Example: plan.json"
            | Layer _ -> "the layer to run. Default: the only one. Example: --layer conv1"
            | Input _ ->
                "the input as the layer stores it, a .npy file of integers (int8, int16, int32 or int64): samples, "
                + "channels, then the axes of the kernel. Required. Example: --input x.npy"
            | Output _ -> "the output to write, a .npy file of the output's type. Required. Example: -o y.npy"
            | Trace_Intermediates _ ->
                "a folder that exists, for products.npy and accumulators.npy (int64, as many as outputs). "
                + "Default: they are not written. Example: --trace-intermediates trace"
            | Force -> "replace files that exist. Default: an existing file is an error. Example: --force"
            | Json -> "print the summary as one JSON document. Default: text. Example: --json"
