/// `quantfn plan --weight-only`: integer weights for a layer whose activations stay real numbers.
module QuantFunctional.Cli.Commands.PlanWeights

open System.IO
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats

/// What a user wants to know of integer weights before reading them.
type Summary =
    {
        Written: string
        Layer: string
        Type: string
        Channels: int
        Granularity: string
        GroupSize: int
        Steps: int
        StepMin: float
        StepMax: float
        VanishedChannels: int seq
    }

/// Refuses the options that say how activations are stored or how the output is computed.
let private refuseOthers (arguments: ParseResults<PlanArgument>) : unit =
    let others =
        [
            "--input-step", arguments.Contains PlanArgument.Input_Step
            "--input-zero-point", arguments.Contains PlanArgument.Input_Zero_Point
            "--input-type", arguments.Contains PlanArgument.Input_Type
            "--output-range", arguments.Contains PlanArgument.Output_Range
            "--precision", arguments.Contains PlanArgument.Precision
            "--symmetric-activations", arguments.Contains PlanArgument.Symmetric_Activations
            "--profile", arguments.Contains PlanArgument.Profile
            "--relu", arguments.Contains PlanArgument.Relu
            "--allow-full-output", arguments.Contains PlanArgument.Allow_Full_Output
            "--bias-correction", arguments.Contains PlanArgument.Bias_Correction
            "--means", arguments.Contains PlanArgument.Means
            "--strides", arguments.Contains PlanArgument.Strides
            "--pads", arguments.Contains PlanArgument.Pads
            "--dilations", arguments.Contains PlanArgument.Dilations
            "--transposed", arguments.Contains PlanArgument.Transposed
        ]

    match others |> List.tryFind snd with
    | Some(option, _) -> arguments.Raise($"option '{option}' cannot be had with '--weight-only'.", showUsage = false)
    | None -> ()

let private granularity (arguments: ParseResults<PlanArgument>) : WeightGranularity =
    match arguments.TryGetResult PlanArgument.Group, arguments.Contains PlanArgument.Per_Tensor with
    | Some _, true -> arguments.Raise("option '--group' cannot be had with '--per-tensor'.", showUsage = false)
    | Some size, false -> WeightGranularity.PerGroup size
    | None, true -> WeightGranularity.PerTensor
    | None, false -> WeightGranularity.PerChannel

let private integers (arguments: ParseResults<PlanArgument>) (name: string) : WeightType =
    match
        OptionValues.choice "--weight-only" NamedValues.weightTypes _.Name name,
        arguments.Contains PlanArgument.Zero_Points
    with
    | WeightType.Int4, true -> WeightType.UInt4
    | other, true ->
        Output.refuse
            Diagnostics.OptionsExclude
            $"--zero-points does not go with {other.Name} weights, whose 256 integers lose next to nothing without. Leave it out, or plan int4."
    | other, false -> other

let private summary (written: string) (name: string) (plan: WeightOnlyLayer) : Summary =
    {
        Written = written
        Layer = name
        Type = plan.Request.Type.Name
        Channels = plan.Shape.Channels
        Granularity =
            match plan.Request.Granularity with
            | WeightGranularity.PerTensor -> "tensor"
            | WeightGranularity.PerChannel -> "channel"
            | WeightGranularity.PerGroup _ -> "group"
        GroupSize = plan.GroupSize
        Steps = plan.Steps.Length
        StepMin = plan.Steps |> Seq.map abs |> Seq.min
        StepMax = plan.Steps |> Seq.map abs |> Seq.max
        VanishedChannels = plan.VanishedChannels
    }

let private show (plan: WeightOnlyLayer) (summary: Summary) : unit =
    let sizes = plan.Shape.Sizes |> Seq.map string |> String.concat " x "
    let channels = Output.counted summary.Channels "output channel"

    let sharing =
        match plan.Request.Granularity with
        | WeightGranularity.PerTensor -> "one step for all"
        | WeightGranularity.PerChannel -> "one step each"
        | WeightGranularity.PerGroup _ -> $"one step for each {summary.GroupSize} of their weights"

    let low, high =
        Output.significant 6 summary.StepMin, Output.significant 6 summary.StepMax

    Output.print $"Layer      {summary.Layer}: {plan.Shape.Layout} {sizes}, {channels}, {sharing}"
    Output.print $"Weights    {summary.Type}, activations stay real numbers"
    Output.print $"""Steps      {Output.counted summary.Steps "step"}, {low} to {high}"""

    for channel in summary.VanishedChannels do
        Output.print $"Warning    channel {channel}: every weight rounds to 0, so the output is the bias alone"

    Output.print $"Written    {summary.Written}"
    Output.print $"Read it    quantfn explain {summary.Written}"

let run (arguments: ParseResults<PlanArgument>) (weightType: string) : unit =
    refuseOthers arguments

    let options =
        WeightOnlyOptions(
            Type = integers arguments weightType,
            Granularity = granularity arguments,
            Rule =
                (arguments.TryGetResult PlanArgument.Steps
                 |> Option.map (OptionValues.choice "--steps" NamedValues.stepRules _.Name)
                 |> Option.defaultValue StepRule.Largest)
        )

    let layout = PlanInputs.layout arguments
    let weights, bias = PlanInputs.arrays arguments
    let output = arguments.GetResult PlanArgument.Output
    let force = arguments.Contains PlanArgument.Force
    OptionValues.refuseInputs (PlanInputs.files arguments) output
    AtomicFile.Check(output, force)

    let spec =
        WeightOnlySpec(
            Weights = weights.Values,
            Shape = weights.Shape,
            Layout = layout,
            Groups = arguments.GetResult(PlanArgument.Groups, 1),
            Bias = bias
        )

    match WeightOnlyPlanner.TryPlan(spec, options) with
    | true, NonNull plan, _ ->
        let name = PlanInputs.layerName arguments

        PlanFile.Write(
            output,
            PlanDocument(Layers = [||], WeightOnlyLayers = [| NamedWeightOnlyPlan(name, null, plan) |]),
            force
        )

        let summary = summary output name plan

        if arguments.Contains PlanArgument.Json then
            Output.printJson summary
        else
            show plan summary
    | _, _, NonNull refusal -> raise (PlanFaults.ofLayer arguments refusal)
    | _ -> ()
