module QuantFunctional.Cli.Commands.Explain

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Onnx

/// How an explanation is shown.
type private Form =
    | Text
    | Json
    | Markdown

let private form (arguments: ParseResults<ExplainArgument>) : Form =
    match arguments.Contains ExplainArgument.Json, arguments.Contains ExplainArgument.Markdown with
    | true, true ->
        Output.refuse Diagnostics.OptionsExclude "--json and --markdown exclude each other: ask for one of them."
    | true, false -> Json
    | false, true -> Markdown
    | false, false -> Text

/// A layer of either kind.
[<NoComparison>]
type private Explained =
    | Integers of LayerExplanation
    | WeightsAlone of WeightOnlyExplanation

    member e.Name =
        match e with
        | Integers layer -> layer.Name
        | WeightsAlone layer -> layer.Name

    member e.Channels =
        match e with
        | Integers layer -> layer.Channels.Length
        | WeightsAlone layer -> layer.Channels.Length

let private find (file: string) (layers: Explained list) (name: string) : Explained =
    match layers |> List.tryFind (fun layer -> layer.Name = name) with
    | Some layer -> layer
    | None -> PlannedLayer.noLayer file (layers |> List.map _.Name) name

let private showLayer (form: Form) (layer: Explained) : unit =
    match form, layer with
    | Text, Integers facts -> Output.print (ExplainedText.ofLayer facts)
    | Text, WeightsAlone facts -> Output.print (ExplainedText.ofWeights facts)
    | Markdown, Integers facts -> Output.print (Explainer.ToMarkdown facts)
    | Markdown, WeightsAlone facts -> Output.print (Explainer.ToMarkdown facts)
    | Json, Integers facts -> Output.printJson facts
    | Json, WeightsAlone facts -> Output.printJson facts

let private showChannel (form: Form) (layer: Explained) (channel: int) : unit =
    if channel < 0 || channel >= layer.Channels then
        Output.refuse
            Diagnostics.ChannelMissing
            $"--channel: layer {layer.Name} has the channels 0 to {layer.Channels - 1}, not {channel}."

    match form, layer with
    | Text, Integers facts -> Output.print (ExplainedText.ofChannel channel facts)
    | Text, WeightsAlone facts -> Output.print (ExplainedText.ofWeightChannel channel facts)
    | Markdown, Integers facts -> Output.print (Explainer.ToMarkdown(facts, channel))
    | Markdown, WeightsAlone facts -> Output.print (Explainer.ToMarkdown(facts, channel))
    | Json, Integers facts -> Output.printJson (Explainer.OfChannel(facts, channel))
    | Json, WeightsAlone facts -> Output.printJson (Explainer.OfChannel(facts, channel))

/// A row of the table of layers, for programs.
let private row (layer: LayerExplanation) =
    {|
        Name = layer.Name
        Operator = layer.Operator
        Profile = layer.Profile
        Precision = layer.Precision
        ShiftLow = layer.ShiftLow
        ShiftHigh = layer.ShiftHigh
        FoldedBits = layer.FoldedBits
        WeightBitsGivenUp = layer.WeightBitsGivenUp
        StepGrowthMean = layer.StepGrowthMean
        StepGrowthMost = layer.StepGrowthMost
        WeightBits = layer.WeightBits
        OutputBitsGivenUp = layer.OutputBitsGivenUp
        OutputBitsGained = layer.OutputBitsGained
        Retries = layer.Retries
        BitsFree = layer.BitsFree
        Warnings = layer.Warnings
    |}

let private weightOnlyRow (layer: WeightOnlyExplanation) =
    {|
        Name = layer.Name
        Operator = layer.Operator
        Type = layer.Type
        GroupSize = layer.GroupSize
        WeightBits = layer.WeightBits
    |}

let private joinRow (join: JoinPlan) =
    {|
        Name = join.Name
        Operator = join.Operator
        Raise = join.Raise
        StepBefore = join.StepBefore
        StepAfter = join.StepAfter
    |}

/// A table of each kind of layer that there is, and a line for each join.
let private showDocument (form: Form) (file: string) (document: PlanDocument) (layers: Explained list) : unit =
    let integers =
        layers
        |> List.choose (fun layer ->
            match layer with
            | Integers facts -> Some facts
            | WeightsAlone _ -> None)

    let weightsAlone =
        layers
        |> List.choose (fun layer ->
            match layer with
            | WeightsAlone facts -> Some facts
            | Integers _ -> None)

    let parts
        (ofIntegers: LayerExplanation list -> string)
        (ofWeights: WeightOnlyExplanation list -> string)
        (ofJoins: JoinPlan seq -> string)
        =
        [
            if not integers.IsEmpty then
                ofIntegers integers
            if not weightsAlone.IsEmpty then
                ofWeights weightsAlone
            if document.Joins.Count > 0 then
                ofJoins document.Joins
        ]
        |> String.concat "\n\n"

    match form with
    | Text ->
        Output.print (parts ExplainedText.ofLayers ExplainedText.ofAllWeights Explainer.ToText)
        Output.print ""
        Output.print $"One layer on its own: quantfn explain {file} --layer NAME"
    | Markdown -> Output.print (parts Explainer.ToMarkdown Explainer.ToMarkdown Explainer.ToMarkdown)
    | Json ->
        Output.printJson
            {|
                Model = document.Model
                Layers = List.map row integers
                WeightOnlyLayers = List.map weightOnlyRow weightsAlone
                Joins = List.map joinRow (List.ofSeq document.Joins)
            |}

/// Who wrote a model that no plan belongs to, and what tells more of it.
let private withoutPlan (model: string) (found: PlanOfModel) : string =
    let writer = $"{found.ProducerName} {found.ProducerVersion}".Trim()

    if found.ProducerName = PlanOfModel.Producer then
        $"It was written by {writer}: quantize again with --plan, or put its plan beside it."
    else
        let written =
            if writer = "" then
                "It does not say what wrote it"
            else
                $"It was written by {writer}"

        $"{written}, and only {PlanOfModel.Producer} writes plans: quantfn verify {model} proves a quantized model's integers, and \
        quantfn quantize --plan makes the plan of a float model."

/// The plans beside a model that are of others.
let private ofOthers (others: OtherPlan seq) : string =
    let named =
        [
            for other in others ->
                match other.ModelFile with
                | null -> $"{other.Path} (which names no model)"
                | model -> $"{other.Path} (of {model})"
        ]

    if named.IsEmpty then
        ""
    else
        let several = named |> List.truncate 5 |> String.concat ", "

        let rest =
            if named.Length > 5 then
                $", and {named.Length - 5} more"
            else
                ""

        $" Its folder holds plans of other models: {several}{rest}."

/// The plan that belongs to a model, wherever it stands in the model's folder.
let private planOf (model: string) : string =
    let found = PlannedModel.FindPlan model

    match found.PlanPath with
    | null ->
        Output.refuse
            Diagnostics.PlanMissing
            $"{model}: no plan in its folder belongs to this model. {withoutPlan model found}{ofOthers found.OtherPlans}"
    | plan -> plan

let private explain (arguments: ParseResults<ExplainArgument>) : unit =
    let given = arguments.GetResult ExplainArgument.Plan
    let form = form arguments
    let file = if ExecuteModel.isModel given then planOf given else given
    let name = arguments.TryGetResult ExplainArgument.Layer
    let channel = arguments.TryGetResult ExplainArgument.Channel

    // a plan that was found by its model needs no other one where it says that the model is
    let document =
        if file = given then
            PlanFiles.read file
        else
            PlanFile.Read file

    let layers =
        [
            for layer in document.Layers -> Integers(Explainer.Facts(layer.Plan, layer.Name, layer.Operator))
            for layer in document.WeightOnlyLayers ->
                WeightsAlone(Explainer.Facts(layer.Plan, layer.Name, layer.Operator))
        ]

    if file <> given && form = Text then
        Output.print $"The plan of {given} is {file}."
        Output.print ""

    match name, layers, channel with
    | _, [], _ -> Output.refuse Diagnostics.NoLayers $"{file}: it holds no layer, so there is nothing to explain."
    | Some name, _, Some channel -> showChannel form (find file layers name) channel
    | Some name, _, None -> showLayer form (find file layers name)
    | None, [ only ], Some channel -> showChannel form only channel
    | None, [ only ], None when document.Joins.Count = 0 -> showLayer form only
    | None, several, Some _ ->
        let total = Output.counted several.Length "layer"

        let message =
            $"--channel: {file} has {total}, so --layer must say whose channel it is."

        Output.refuse Diagnostics.LayerNotSaid message
    | None, _, None -> showDocument form file document layers

let run (arguments: ParseResults<ExplainArgument>) (_: CancellationToken) : Task =
    explain arguments
    Task.CompletedTask
