/// What the options of `quantfn plan` say: a layer, and how it is to be planned.
module QuantFunctional.Cli.Commands.PlanInputs

open System
open System.Collections.Generic
open System.Collections.Immutable
open System.IO
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats

/// The layout that --layout names.
let layout (arguments: ParseResults<PlanArgument>) : WeightLayout =
    arguments.GetResult PlanArgument.Layout |> OptionValues.choice "--layout" NamedValues.layouts string

/// The means of a correction, as many rows as it needs; one row may stand alone.
let private means (file: string) (rows: int) : float array array =
    let array = RealArrays.Read<float> file

    let shape =
        if rows = 1 && array.Shape.Count = 1 then
            [ 1; array.Shape[0] ]
        else
            List.ofSeq array.Shape

    match shape with
    | [ found; length ] when found = rows && length > 0 -> array.Values.ToArray() |> Array.chunkBySize length
    | _ ->
        let found = array.Shape |> Seq.map string |> String.concat ", "
        let wanted = if rows = 1 then "[I]" else $"[{rows}, O]"
        Output.refuse Diagnostics.NotOneForEachChannel $"--means: {file} has the shape [{found}], {wanted} is wanted."

/// The correction, and the means of the float outputs where it needs them.
let private correction (arguments: ParseResults<PlanArgument>) : BiasCorrection * float array =
    let name = arguments.TryGetResult PlanArgument.Bias_Correction
    let file = arguments.TryGetResult PlanArgument.Means

    let known = OptionValues.choice "--bias-correction" NamedValues.corrections id

    match Option.map known name, file with
    | None, None -> BiasCorrection.Off, [||]
    | None, Some _ -> arguments.Raise("option '--means' needs '--bias-correction'.", showUsage = false)
    | Some _, None -> arguments.Raise("option '--bias-correction' needs '--means'.", showUsage = false)
    | Some "mean-input", Some file ->
        BiasCorrection.FromMeanInput(ImmutableArray.Create<float>((means file 1)[0])), [||]
    | Some _, Some file ->
        let rows = means file 2
        BiasCorrection.FromMeanOutput(ImmutableArray.Create<float> rows[1]), rows[0]

/// The precision with its fallback or its widening. Neither can be had with any other.
let private precision (arguments: ParseResults<PlanArgument>) : PrecisionRequest =
    let precision =
        arguments.GetResult(PlanArgument.Precision, Precision.TfliteInt8.Name)
        |> OptionValues.choice "--precision" NamedValues.layerPrecisions _.Name

    let relu = arguments.Contains PlanArgument.Relu
    let wider = arguments.Contains PlanArgument.Allow_Full_Output

    match precision with
    | Precision.SimaInt16 when wider && not relu -> PrecisionRequest.SimaInt16OrWider
    | Precision.SimaInt16 when relu -> PrecisionRequest.SimaInt16OrTflite
    | _ when wider ->
        Output.refuse
            Diagnostics.OptionsExclude
            $"--allow-full-output: only sima-int16 can widen its output, {precision.Name} cannot."
    | Precision.SimaInt8 when relu -> PrecisionRequest.SimaInt8OrTflite
    | Precision.SimaInt32 when relu ->
        Output.refuse
            Diagnostics.OptionsExclude
            "--relu: a symmetric 32-bit output cannot be clamped at 0 by saturation; choose another precision."
    | precision -> PrecisionRequest.Exactly precision

let private profile (arguments: ParseResults<PlanArgument>) : BackendProfile =
    match arguments.TryGetResult PlanArgument.Profile with
    | None -> Profiles.Reference
    | Some name -> OptionValues.profile name

let private required (arguments: ParseResults<PlanArgument>) (option: string) (value: 'value option) : 'value =
    match value with
    | Some value -> value
    | None -> arguments.Raise($"missing argument '{option}'.", showUsage = false)

/// One number for each kernel axis, or null where the option is not there.
let private wholeNumbers (option: string) (text: string option) : IReadOnlyList<int> | null =
    match text with
    | Some text -> OptionValues.wholeNumbers option text
    | None -> null

/// Argu misses an argument only when it is read: those that both forms need come first.
let refuseIncomplete (arguments: ParseResults<PlanArgument>) : unit =
    arguments.GetResult PlanArgument.Weight |> ignore
    arguments.GetResult PlanArgument.Layout |> ignore
    arguments.GetResult PlanArgument.Output |> ignore

/// The weights, and the bias where there is one.
let arrays (arguments: ParseResults<PlanArgument>) : RealArray<float32> * ReadOnlyMemory<float32> =
    let weights = RealArrays.Read<float32>(arguments.GetResult PlanArgument.Weight)

    match arguments.TryGetResult PlanArgument.Bias with
    | Some file -> weights, PlanFaults.vector file (RealArrays.Read<float32> file)
    | None -> weights, ReadOnlyMemory.Empty

/// The files that a plan is made of.
let files (arguments: ParseResults<PlanArgument>) : string list =
    [
        arguments.TryGetResult PlanArgument.Weight
        arguments.TryGetResult PlanArgument.Bias
        arguments.TryGetResult PlanArgument.Means
        arguments.TryGetResult PlanArgument.Profile
    ]
    |> List.choose id

/// What the layer is called: the name of the weights' file.
let layerName (arguments: ParseResults<PlanArgument>) : string =
    arguments.GetResult PlanArgument.Weight |> Path.GetFileNameWithoutExtension |> string

/// The layer and its options. Nothing but the command line is judged before the first file is read.
let read (arguments: ParseResults<PlanArgument>) : LayerSpec * PlanOptions =
    for option, isThere in
        [
            "--group", arguments.Contains PlanArgument.Group
            "--steps", arguments.Contains PlanArgument.Steps
            "--zero-points", arguments.Contains PlanArgument.Zero_Points
        ] do
        if isThere then
            arguments.Raise($"option '{option}' needs '--weight-only'.", showUsage = false)

    let step =
        arguments.TryGetResult PlanArgument.Input_Step
        |> required arguments "--input-step"
        |> OptionValues.number "--input-step"

    let zeroPoint =
        arguments.TryGetResult PlanArgument.Input_Zero_Point |> required arguments "--input-zero-point"

    let range =
        arguments.TryGetResult PlanArgument.Output_Range
        |> required arguments "--output-range"
        |> OptionValues.range "--output-range"

    let inputType =
        arguments.GetResult(PlanArgument.Input_Type, ScalarType.Int8.Name)
        |> OptionValues.choice "--input-type" NamedValues.inputTypes _.Name

    let layout, precision = layout arguments, precision arguments

    let strides =
        arguments.TryGetResult PlanArgument.Strides |> wholeNumbers "--strides"

    let pads = arguments.TryGetResult PlanArgument.Pads |> wholeNumbers "--pads"

    let dilations =
        arguments.TryGetResult PlanArgument.Dilations |> wholeNumbers "--dilations"

    let profile = profile arguments
    let correction, outputMeans = correction arguments
    let weights, bias = arrays arguments

    let layer =
        LayerSpec(
            Weights = weights.Values,
            Shape = weights.Shape,
            Layout = layout,
            Groups = arguments.GetResult(PlanArgument.Groups, 1),
            Bias = bias,
            InputStep = step,
            InputZeroPoint = zeroPoint,
            InputType = inputType,
            OutputRange = range,
            OutputMeans = outputMeans,
            Relu = arguments.Contains PlanArgument.Relu,
            Strides = strides,
            Pads = pads,
            Dilations = dilations,
            IsTransposed = arguments.Contains PlanArgument.Transposed
        )

    let options =
        PlanOptions(
            Precision = precision,
            PerChannel = not (arguments.Contains PlanArgument.Per_Tensor),
            SymmetricActivations = arguments.Contains PlanArgument.Symmetric_Activations,
            Profile = profile,
            BiasCorrection = correction
        )

    layer, options
