/// What the options of a quantization ask for.
module QuantFunctional.Cli.Commands.QuantizeRequests

open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Onnx
open QuantFunctional.Report

let private weightType (name: string) : WeightType =
    OptionValues.choice "--weight-only" NamedValues.weightTypes _.Name name

/// The type of the table of tokens; none for float.
let private embedding (name: string) : WeightType | null =
    match OptionValues.choice "--embedding" NamedValues.embeddings id name with
    | "float" -> null
    | name -> weightType name

let private wrongUsage (arguments: ParseResults<QuantizeArgument>) (message: string) : 'result =
    arguments.Raise(message, showUsage = false)

/// Refuses options that say nothing in the kind of quantization that the line asks for.
let private refuseWith
    (arguments: ParseResults<QuantizeArgument>)
    (kind: string)
    (options: (string * bool) list)
    : unit =
    for name, isThere in options do
        if isThere then
            wrongUsage arguments $"{name} does not go {kind}."

/// What the line says of how samples are fed.
let samplesOf (arguments: ParseResults<QuantizeArgument>) : SampleOption list =
    arguments.GetAllResults() |> List.choose _.OfSamples

/// The samples that an option names, where the line has it.
let private given
    (arguments: ParseResults<QuantizeArgument>)
    (option: Quotations.Expr<string -> QuantizeArgument>)
    : SampleData | null =
    arguments.TryGetResult option
    |> Option.map (SampleOptions.samples (samplesOf arguments))
    |> Option.toObj

/// The data to calibrate with, and to compare on, where there are some.
let private paths (arguments: ParseResults<QuantizeArgument>) : string list =
    List.choose
        id
        [
            arguments.TryGetResult QuantizeArgument.Calibration
            arguments.TryGetResult QuantizeArgument.Compare
        ]

/// The files of statistics.
let statisticsFiles (arguments: ParseResults<QuantizeArgument>) : string list =
    List.concat (arguments.GetResults QuantizeArgument.Statistics)

/// The folder or file to calibrate with; none beside statistics or a recipe alone.
let calibration (arguments: ParseResults<QuantizeArgument>) : string option =
    match arguments.TryGetResult QuantizeArgument.Calibration, arguments.Contains QuantizeArgument.Recipe with
    | None, false when (statisticsFiles arguments).IsEmpty ->
        wrongUsage arguments "missing parameter '--calibration' (or '--statistics', or '--recipe')."
    | None, isFollowed ->
        refuseWith
            arguments
            "without --calibration"
            [
                "--save-pixels", arguments.Contains QuantizeArgument.Save_Pixels
                "--skip-sample", isFollowed && arguments.Contains QuantizeArgument.Skip_Sample
            ]

        None
    | data, _ -> data

/// The recipe to follow. Options that it decides are refused by the library, but for those that say what is so unless stated.
let private recipe (arguments: ParseResults<QuantizeArgument>) : QuantizationRecipe | null =
    match arguments.TryGetResult QuantizeArgument.Recipe with
    | None -> null
    | Some file ->
        for option, isSaid in
            [
                "--precision", arguments.Contains QuantizeArgument.Precision
                "--preset", arguments.Contains QuantizeArgument.Preset
                "--for", arguments.Contains QuantizeArgument.For
            ] do
            if isSaid then
                Output.refuse
                    Diagnostics.RecipeDecides
                    $"{option} does not go with --recipe: {file} says how the model is quantized. Leave it out, or quantize anew with samples."

        QuantizationRecipe.Load file

/// The target of a search; none where the line names none.
let private target (arguments: ParseResults<QuantizeArgument>) : QuantizationTarget | null =
    let named =
        [
            arguments.TryGetResult QuantizeArgument.Target_Sqnr
            |> Option.map (fun value -> "--target-sqnr", TargetKind.Sqnr, value)
            arguments.TryGetResult QuantizeArgument.Target_Agreement
            |> Option.map (fun value -> "--target-agreement", TargetKind.Agreement, value)
            arguments.TryGetResult QuantizeArgument.Max_Drop
            |> Option.map (fun value -> "--max-drop", TargetKind.Drop, value)
        ]
        |> List.choose id

    match named with
    | [] ->
        refuseWith
            arguments
            "without --target-sqnr, --target-agreement or --max-drop"
            [
                "--evaluations", arguments.Contains QuantizeArgument.Evaluations
                "--budget", arguments.Contains QuantizeArgument.Budget
                "--work", arguments.Contains QuantizeArgument.Work
            ]

        null
    | [ _, kind, value ] ->
        QuantizationTarget(
            kind,
            value,
            Evaluations = (arguments.TryGetResult QuantizeArgument.Evaluations |> Option.toNullable),
            Budget =
                (arguments.TryGetResult QuantizeArgument.Budget
                 |> Option.map OptionValues.minutes
                 |> Option.toNullable),
            WorkFolder = (arguments.TryGetResult QuantizeArgument.Work |> Option.toObj)
        )
    | (first, _, _) :: (second, _, _) :: _ ->
        Output.refuse
            Diagnostics.OptionsExclude
            $"{first} does not go with {second}: one target is searched for. Leave one of them out, and require the other with --require-sqnr or --require-agreement."

let request (arguments: ParseResults<QuantizeArgument>) (model: string) (samples: SampleData | null) : QuantizeRequest =
    refuseWith
        arguments
        "without --weight-only"
        [
            "--group", arguments.Contains QuantizeArgument.Group
            "--zero-points", arguments.Contains QuantizeArgument.Zero_Points
            "--keep-8-bit", arguments.Contains QuantizeArgument.Keep_8_Bit
            "--embedding", arguments.Contains QuantizeArgument.Embedding
        ]

    SampleOptions.refuseWithoutImages (samplesOf arguments) (paths arguments)

    let profile =
        arguments.TryGetResult QuantizeArgument.Profile |> Option.map OptionValues.profile

    QuantizeRequest(
        Model = model,
        Calibration = samples,
        Statistics =
            (match statisticsFiles arguments with
             | [] -> null
             | files -> files |> Seq.map CalibrationStatistics.Load |> CalibrationStatistics.Merge),
        Recipe = recipe arguments,
        RecipePath = (arguments.TryGetResult QuantizeArgument.Save_Recipe |> Option.toObj),
        SkipSamples = List.toArray (List.concat (arguments.GetResults QuantizeArgument.Skip_Sample)),
        OutputPath = (arguments.TryGetResult QuantizeArgument.Output |> Option.toObj),
        Overwrite = arguments.Contains QuantizeArgument.Force,
        ExternalData = arguments.Contains QuantizeArgument.External_Data,
        Preset =
            (arguments.TryGetResult QuantizeArgument.Preset
             |> Option.map OptionValues.preset
             |> Option.defaultValue QuantizationPreset.Balanced),
        Ranges = (arguments.TryGetResult QuantizeArgument.Ranges |> Option.map OptionValues.ranges |> Option.toObj),
        RoundChains = not (arguments.Contains QuantizeArgument.Round_Each_Operator),
        Precision = OptionValues.precision (arguments.GetResult(QuantizeArgument.Precision, Precision.TfliteInt8.Name)),
        Profile = Option.toObj profile,
        For =
            (arguments.TryGetResult QuantizeArgument.For
             |> Option.map OptionValues.engine
             |> Option.defaultValue TargetEngine.OnnxRuntime),
        PerChannel = not (arguments.Contains QuantizeArgument.Per_Tensor),
        SymmetricActivations = arguments.Contains QuantizeArgument.Symmetric_Activations,
        Exclude = List.toArray (arguments.GetResults QuantizeArgument.Exclude),
        ExcludeTypes = List.toArray (arguments.GetResults QuantizeArgument.Exclude_Type),
        KeepTransposed = arguments.Contains QuantizeArgument.Keep_Transposed,
        PlanPath = (arguments.TryGetResult QuantizeArgument.Plan |> Option.toObj),
        Report = (arguments.TryGetResult QuantizeArgument.Report |> Option.map HtmlReport.File |> Option.toObj),
        Comparison = given arguments <@ QuantizeArgument.Compare @>,
        Check = not (arguments.Contains QuantizeArgument.No_Check),
        RequiredSqnrDb = (arguments.TryGetResult QuantizeArgument.Require_Sqnr |> Option.toNullable),
        RequiredAgreement = (arguments.TryGetResult QuantizeArgument.Require_Agreement |> Option.toNullable),
        Target = target arguments
    )

let weights (arguments: ParseResults<QuantizeArgument>) (model: string) (name: string) : QuantizeWeightsRequest =
    refuseWith
        arguments
        "with --weight-only"
        [
            "--statistics", arguments.Contains QuantizeArgument.Statistics
            "--recipe", arguments.Contains QuantizeArgument.Recipe
            "--save-recipe", arguments.Contains QuantizeArgument.Save_Recipe
            "--skip-sample", arguments.Contains QuantizeArgument.Skip_Sample
            "--save-pixels", arguments.Contains QuantizeArgument.Save_Pixels
            "--precision", arguments.Contains QuantizeArgument.Precision
            "--profile", arguments.Contains QuantizeArgument.Profile
            "--preset", arguments.Contains QuantizeArgument.Preset
            "--ranges", arguments.Contains QuantizeArgument.Ranges
            "--round-each-operator", arguments.Contains QuantizeArgument.Round_Each_Operator
            "--per-tensor", arguments.Contains QuantizeArgument.Per_Tensor
            "--symmetric-activations", arguments.Contains QuantizeArgument.Symmetric_Activations
            "--keep-transposed", arguments.Contains QuantizeArgument.Keep_Transposed
            "--for", arguments.Contains QuantizeArgument.For
            "--report", arguments.Contains QuantizeArgument.Report
            "--no-check", arguments.Contains QuantizeArgument.No_Check
            "--require-sqnr", arguments.Contains QuantizeArgument.Require_Sqnr
            "--require-agreement", arguments.Contains QuantizeArgument.Require_Agreement
            "--target-sqnr", arguments.Contains QuantizeArgument.Target_Sqnr
            "--target-agreement", arguments.Contains QuantizeArgument.Target_Agreement
            "--max-drop", arguments.Contains QuantizeArgument.Max_Drop
            "--evaluations", arguments.Contains QuantizeArgument.Evaluations
            "--budget", arguments.Contains QuantizeArgument.Budget
            "--work", arguments.Contains QuantizeArgument.Work
        ]

    SampleOptions.refuseWithoutImages (samplesOf arguments) (paths arguments)

    QuantizeWeightsRequest(
        Model = model,
        OutputPath = (arguments.TryGetResult QuantizeArgument.Output |> Option.toObj),
        Overwrite = arguments.Contains QuantizeArgument.Force,
        ExternalData = arguments.Contains QuantizeArgument.External_Data,
        Type = weightType name,
        Calibration = given arguments <@ QuantizeArgument.Calibration @>,
        BlockSize = (arguments.TryGetResult QuantizeArgument.Group |> Option.toNullable),
        ZeroPoints = arguments.Contains QuantizeArgument.Zero_Points,
        KeepEightBit = List.toArray (arguments.GetResults QuantizeArgument.Keep_8_Bit),
        Embedding = embedding (arguments.GetResult(QuantizeArgument.Embedding, WeightType.Int8.Name)),
        Exclude = List.toArray (arguments.GetResults QuantizeArgument.Exclude),
        ExcludeTypes = List.toArray (arguments.GetResults QuantizeArgument.Exclude_Type),
        PlanPath = (arguments.TryGetResult QuantizeArgument.Plan |> Option.toObj),
        Comparison = given arguments <@ QuantizeArgument.Compare @>
    )
