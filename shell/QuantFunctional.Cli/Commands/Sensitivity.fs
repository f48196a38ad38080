module QuantFunctional.Cli.Commands.Sensitivity

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx
open QuantFunctional.Cli.Commands.OutputFigures

/// How many roundings are listed without being asked for.
let private listed = 20

let private request (arguments: ParseResults<SensitivityArgument>) (data: string) : QuantizeRequest =
    let options = arguments.GetAllResults() |> List.choose _.OfSamples
    SampleOptions.refuseWithoutImages options [ data ]

    QuantizeRequest(
        Model = ModelSource.FromFile(arguments.GetResult SensitivityArgument.Model),
        Calibration = SampleOptions.samples options data,
        SkipSamples = List.toArray (List.concat (arguments.GetResults SensitivityArgument.Skip_Sample)),
        Ranges = (arguments.TryGetResult SensitivityArgument.Ranges |> Option.map OptionValues.ranges |> Option.toObj),
        Precision =
            OptionValues.precision (arguments.GetResult(SensitivityArgument.Precision, Precision.TfliteInt8.Name)),
        Profile =
            (arguments.TryGetResult SensitivityArgument.Profile
             |> Option.map OptionValues.profile
             |> Option.toObj),
        For =
            (arguments.TryGetResult SensitivityArgument.For
             |> Option.map OptionValues.engine
             |> Option.defaultValue TargetEngine.OnnxRuntime),
        PerChannel = not (arguments.Contains SensitivityArgument.Per_Tensor),
        SymmetricActivations = arguments.Contains SensitivityArgument.Symmetric_Activations,
        Exclude = List.toArray (arguments.GetResults SensitivityArgument.Exclude),
        ExcludeTypes = List.toArray (arguments.GetResults SensitivityArgument.Exclude_Type),
        KeepTransposed = arguments.Contains SensitivityArgument.Keep_Transposed
    )

let private kind (rounding: RoundingLoss) : string =
    match rounding.Kind with
    | RoundingKind.Weights -> "weights"
    | _ -> "activations"

/// The squared error over that with everything rounded.
let private share (budget: ErrorBudget) (rounding: RoundingLoss) : string =
    match rounding.ShareOf budget.Whole with
    | share when System.Double.IsFinite share -> percent share
    | _ -> "-"

let private show (all: bool) (budget: ErrorBudget) : unit =
    let roundings =
        if all then
            List.ofSeq budget.WorstFirst
        else
            List.truncate listed (List.ofSeq budget.WorstFirst)

    Output.printTable
        [
            TextTable.Left "Rounded alone"
            TextTable.Left "What"
            TextTable.Left "Made by"
            TextTable.Right "SQNR (dB)"
            TextTable.Right "Of all"
        ]
        [
            for rounding in roundings ->
                [
                    rounding.Name
                    kind rounding
                    rounding.Made
                    decibels rounding.Loss.SqnrDb
                    share budget rounding
                ]
        ]

    match budget.WorstFirst.Count - roundings.Length with
    | 0 -> ()
    | more -> Output.print $"""  ... and {Output.counted more "rounding"} that cost less; --all lists them"""

    Output.print ""

    let whole, activations, weights =
        decibels budget.Whole.SqnrDb, decibels budget.Activations.SqnrDb, decibels budget.Weights.SqnrDb

    Output.print $"Everything {whole} dB; all activations {activations} dB, all weights {weights} dB"

    let samples = Output.counted (int budget.Samples) "held-back sample"

    let measured =
        if budget.Samples < budget.HeldBack then
            $"{Output.grouped budget.Samples} of {Output.grouped budget.HeldBack} held-back samples"
        else
            samples

    Output.print $"Measured   on {measured}, each rounding alone; such errors do not simply add up"

let run (arguments: ParseResults<SensitivityArgument>) (cancel: CancellationToken) : Task =
    let model = arguments.GetResult SensitivityArgument.Model
    let data = arguments.GetResult SensitivityArgument.Data
    let wanted = request arguments data

    task {
        let! budget =
            (fun progress -> OnnxQuantizer.MeasureSensitivityAsync(wanted, progress, cancel))
            |> Progress.during (arguments.Contains SensitivityArgument.Verbose) [ model; data ]

        budget.Warnings |> Seq.iter Output.warn

        if arguments.Contains SensitivityArgument.Json then
            Output.printJson budget
        else
            show (arguments.Contains SensitivityArgument.All) budget
    }
