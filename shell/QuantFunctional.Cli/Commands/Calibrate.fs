module QuantFunctional.Cli.Commands.Calibrate

open System
open System.Globalization
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx

/// The part of the samples that K/N names.
let private shard (text: string) : DataShard =
    let number (part: string) =
        match Int32.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, value -> value
        | _ -> 0

    match text.Split '/' |> Array.map number with
    | [| index; count |] when index >= 1 && index <= count -> DataShard(index, count)
    | _ -> OptionValues.refuse "--shard" $"'{text}' is not K/N with K from 1 to N, such as 2/4"

let private request (arguments: ParseResults<CalibrateArgument>) : CalibrateRequest =
    // what is missing is told in the order of the help
    let model = arguments.GetResult CalibrateArgument.Model
    let data = arguments.GetResult CalibrateArgument.Data
    let output = arguments.GetResult CalibrateArgument.Output
    let options = arguments.GetAllResults() |> List.choose _.OfSamples
    SampleOptions.refuseWithoutImages options [ data ]

    CalibrateRequest(
        Model = ModelSource.FromFile model,
        Data = SampleOptions.samples options data,
        Shard =
            (arguments.TryGetResult CalibrateArgument.Shard
             |> Option.map shard
             |> Option.defaultValue DataShard.Whole),
        OutputPath = output,
        Overwrite = arguments.Contains CalibrateArgument.Force,
        SymmetricActivations = arguments.Contains CalibrateArgument.Symmetric_Activations,
        KeepTransposed = arguments.Contains CalibrateArgument.Keep_Transposed,
        Exclude = List.toArray (arguments.GetResults CalibrateArgument.Exclude),
        ExcludeTypes = List.toArray (arguments.GetResults CalibrateArgument.Exclude_Type),
        SkipSamples = List.toArray (List.concat (arguments.GetResults CalibrateArgument.Skip_Sample))
    )

let private show (statistics: CalibrationStatistics) : unit =
    let shards = statistics.Shards |> Seq.map string |> String.concat ", "

    let part =
        if statistics.IsComplete then
            ""
        else
            $", shard {shards} of {Output.grouped statistics.SamplesInAll}"

    let samples = Output.counted (int statistics.SampleCount) "sample"
    let tensors = Output.counted statistics.Tensors "tensor"
    Output.print $"Observed   {tensors} on {samples}{part}"

    match statistics.DataSha256 with
    | null -> ()
    | digest -> Output.print $"Samples    sha256 {digest}"

    let processors = statistics.Processors |> String.concat ", "
    Output.print $"Run by     ONNX Runtime {statistics.OnnxRuntime} on {processors}"
    Output.print $"Written    {statistics.Name}"

let run (arguments: ParseResults<CalibrateArgument>) (cancel: CancellationToken) : Task =
    let request = request arguments

    task {
        let! statistics =
            (fun progress -> ModelCalibrator.CalibrateAsync(request, progress, cancel))
            |> Progress.during
                (arguments.Contains CalibrateArgument.Verbose)
                [
                    arguments.GetResult CalibrateArgument.Model
                    arguments.GetResult CalibrateArgument.Data
                ]

        statistics.Warnings |> Seq.iter Output.warn

        if arguments.Contains CalibrateArgument.Json then
            Output.printJson statistics
        else
            show statistics
    }
