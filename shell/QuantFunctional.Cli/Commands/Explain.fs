module QuantFunctional.Cli.Commands.Explain

open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents

/// How an explanation is shown.
type private Form =
    | Text
    | Json
    | Markdown

let private refuse (message: string) : 'value =
    raise (QuantException(FaultKind.BadInput, message))

let private form (arguments: ParseResults<ExplainArgument>) : Form =
    match arguments.Contains ExplainArgument.Json, arguments.Contains ExplainArgument.Markdown with
    | true, true -> refuse "--json and --markdown exclude each other: ask for one of them."
    | true, false -> Json
    | false, true -> Markdown
    | false, false -> Text

let private find (file: string) (layers: NamedPlan list) (name: string) : NamedPlan =
    match layers |> List.tryFind (fun layer -> layer.Name = name) with
    | Some layer -> layer
    | None ->
        let nearest = Nearest.names 3 (layers |> List.map _.Name) name |> String.concat ", "
        let total = Output.counted layers.Length "layer"
        refuse $"--layer: {file} has no layer '{name}'; nearest of its {total}: {nearest}."

let private showLayer (form: Form) (layer: NamedPlan) : unit =
    let facts = Explainer.Facts(layer.Plan, layer.Name, layer.Operator)

    match form with
    | Text -> Output.print (Explainer.ToText facts)
    | Markdown -> Output.print (Explainer.ToMarkdown facts)
    | Json -> Output.printJson facts

let private showChannel (form: Form) (layer: NamedPlan) (channel: int) : unit =
    let facts = Explainer.Facts(layer.Plan, layer.Name, layer.Operator)
    let last = facts.Channels.Length - 1

    if channel < 0 || channel > last then
        refuse $"--channel: layer {layer.Name} has the channels 0 to {last}, not {channel}."

    match form with
    | Text -> Output.print (Explainer.ToText(facts, channel))
    | Markdown -> Output.print (Explainer.ToMarkdown(facts, channel))
    | Json -> Output.printJson (Explainer.OfChannel(facts, channel))

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
        WeightBits = layer.WeightBits
        OutputBitsGivenUp = layer.OutputBitsGivenUp
        OutputBitsGained = layer.OutputBitsGained
        Retries = layer.Retries
        BitsFree = layer.BitsFree
        Warnings = layer.Warnings
    |}

let private showDocument (form: Form) (file: string) (document: PlanDocument) : unit =
    let layers =
        [
            for layer in document.Layers -> Explainer.Facts(layer.Plan, layer.Name, layer.Operator)
        ]

    match form with
    | Text ->
        Output.print (Explainer.ToText layers)
        Output.print ""
        Output.print $"One layer on its own: quantfn explain {file} --layer NAME"
    | Markdown -> Output.print (Explainer.ToMarkdown layers)
    | Json ->
        Output.printJson
            {|
                Model = document.Model
                Layers = List.map row layers
            |}

let private explain (arguments: ParseResults<ExplainArgument>) : unit =
    let file = arguments.GetResult ExplainArgument.Plan
    let form = form arguments
    let name = arguments.TryGetResult ExplainArgument.Layer
    let channel = arguments.TryGetResult ExplainArgument.Channel
    let document = PlanFile.Read file
    let layers = List.ofSeq document.Layers

    match name, layers, channel with
    | Some name, layers, Some channel -> showChannel form (find file layers name) channel
    | Some name, layers, None -> showLayer form (find file layers name)
    | None, [ only ], Some channel -> showChannel form only channel
    | None, [ only ], None -> showLayer form only
    | None, several, Some _ ->
        let total = Output.counted several.Length "layer"
        refuse $"--channel: {file} has {total}, so --layer must say whose channel it is."
    | None, _, None -> showDocument form file document

let run (arguments: ParseResults<ExplainArgument>) (_: CancellationToken) : Task =
    explain arguments
    Task.CompletedTask
