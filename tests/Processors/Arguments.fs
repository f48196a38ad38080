namespace QuantFunctional.Processors

open Argu

type CompareArgument =
    | [<MainCommand; Mandatory>] Models of path: string list
    | [<EqualsAssignmentOrSpaced>] Data of path: string
    | [<Unique; EqualsAssignmentOrSpaced>] Processors of names: string
    | [<Unique; EqualsAssignmentOrSpaced>] Samples of number: int
    | [<Unique>] Moved
    | [<Unique; EqualsAssignmentOrSpaced>] Ulps of number: int
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Models _ -> "quantized models. Example: fashion.int8.onnx"
            | Data _ ->
                "the samples, as `quantfn compare` takes them; once for all models, or once for each, in their order. "
                + "Example: --data samples/fashion/fashion.test.npz"
            | Processors _ ->
                $"""which of {Processor.all |> List.map _.Name |> String.concat ", "}; a release of ONNX Runtime, such as 1.20.1; """
                + "or releases, for those that install.sh fetches. Default: all processors. "
                + "Example: --processors native,avx2,a76"
            | Samples _ -> "the first samples of the data. Default: all. Example: --samples 100"
            | Moved ->
                "run each sample of pictures mirrored, too, and moved by three places. Default: as it is. Example: --moved"
            | Ulps _ ->
                "how many units in the last place real outputs, which no integers give, may be apart. Default: 0. "
                + "Example: --ulps 4"
            | CompareArgument.Json -> "print one JSON document. Default: text. Example: --json"

type RandomArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Networks of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Seed of number: int
    | [<Unique; EqualsAssignmentOrSpaced>] Processors of names: string
    | [<Unique; EqualsAssignmentOrSpaced>] Samples of number: int
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Networks _ -> "how many networks. Default: 10. Example: --networks 100"
            | Seed _ -> "what they are drawn from. Default: 1. Example: --seed 7"
            | Processors _ -> "as for models. Default: all. Example: --processors native,avx2,a76"
            | Samples _ -> "at most so many of each network's 64 samples. Default: all. Example: --samples 10"
            | RandomArgument.Json -> "print one JSON document. Default: text. Example: --json"

type RecordArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] File of path: string
    | [<Unique>] Check
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | File _ -> $"the recording. Default: {RecordReport.file}. Example: --file kernels.zip"
            | Check ->
                "write nothing; run the recorded layers again on the processors that can be had, and name what differs. "
                + "Default: write. Example: --check"
            | RecordArgument.Json -> "print one JSON document. Default: text. Example: --json"

type ReleasesArgument =
    | [<Unique; EqualsAssignmentOrSpaced>] Releases of names: string
    | [<Unique; EqualsAssignmentOrSpaced>] Samples of number: int
    | [<Unique>] Json

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Releases _ ->
                "which releases of ONNX Runtime. Default: all that install.sh has fetched. Example: --releases 1.14.0,1.20.1"
            | Samples _ -> "the first samples of each file's data. Default: all. Example: --samples 50"
            | ReleasesArgument.Json -> "print one JSON document. Default: text. Example: --json"

[<RequireQualifiedAccess>]
module Examples =

    let private run = "dotnet run -c Release --project tests/Processors --"

    let compare =
        [
            $"{run} fashion.int8.onnx --data samples/fashion/fashion.test.npz --samples 100"
            $"{run} a.onnx b.onnx --data a.npz --data b.npz --processors native,sse,wasm --json"
            $"{run} random --help"
            $"{run} releases --help"
            $"{run} record --help"
        ]

    let random = [ $"{run} random"; $"{run} random --networks 100 --seed 7" ]

    let releases =
        [
            $"{run} releases --samples 50"
            $"{run} releases --releases 1.10.0,1.11.0,1.12.1"
        ]

    let record = [ $"{run} record --check"; $"{run} record" ]
