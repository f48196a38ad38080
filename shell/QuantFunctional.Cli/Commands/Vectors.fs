module QuantFunctional.Cli.Commands.Vectors

open System
open System.IO
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Vectors

let private formats = [ "npy", VectorFormat.Npy; "hex", VectorFormat.Hex ]

let private options (arguments: ParseResults<VectorsArgument>) : VectorOptions =
    let sizes =
        arguments.TryGetResult VectorsArgument.Input_Shape
        |> Option.map (OptionValues.wholeNumbers "--input-shape")

    let count = arguments.GetResult(VectorsArgument.Count, defaultValue = 16)

    if count < 0 then
        Output.refuse Diagnostics.OptionValueWrong $"--count: {count} is below 0; 0 makes the corners alone."

    let format =
        arguments.GetResult(VectorsArgument.Format, defaultValue = "npy")
        |> OptionValues.choice "--format" formats fst

    VectorOptions(
        InputSizes = Option.toObj sizes,
        RandomCount = count,
        Seed = arguments.GetResult(VectorsArgument.Seed, defaultValue = 1L),
        Format = snd format
    )

let private show (folder: string) (manifest: VectorManifest) : unit =
    let worst =
        manifest.Vectors |> Seq.filter (fun vector -> vector.Channel.HasValue) |> List.ofSeq

    let attained =
        worst |> Seq.filter (fun vector -> vector.Attains = Nullable true) |> Seq.length

    let place =
        if manifest.WorstCasePlace.Count = 0 then
            ""
        else
            let indices = String.Join(',', manifest.WorstCasePlace)
            $", at output {indices}"

    Output.print $"Layer        {manifest.Layer}"
    let vectors = Output.grouped manifest.Vectors.Count
    Output.print $"Vectors      {vectors}, seed {manifest.Seed}"
    Output.print $"Worst cases  {attained} of {worst.Length} reach the end of the product's interval{place}"

    Output.printTable
        [ TextTable.Left "File"; TextTable.Right "Bits"; TextTable.Left "Shape" ]
        [
            for file in manifest.Files -> [ file.File; string file.Bits; String.Join('x', file.Shape) ]
        ]

    Output.print $"Written      {folder}"

/// The layer as the processor of a profile runs it.
let private onProcessor (file: string) (profile: string option) (layer: NamedPlan) : NamedPlan =
    let target =
        PlannedLayer.onProcessor file (fun () -> CheckedLayers.Of(PlanDocument(Layers = [| layer |]))) profile

    NamedPlan(
        layer.Name,
        layer.Operator,
        { layer.Plan with
            Integers = target.Layers[0].Integers
        }
    )

let private writeOne (arguments: ParseResults<VectorsArgument>) options (layer: NamedPlan) : unit =
    let folder = arguments.GetResult VectorsArgument.Output

    let manifest =
        VectorWriter.Write(folder, layer, options, arguments.Contains VectorsArgument.Force)

    if arguments.Contains VectorsArgument.Json then
        Output.writeJson manifest.Write
    else
        show folder manifest

let private writeAll (arguments: ParseResults<VectorsArgument>) options (layers: NamedPlan list) : unit =
    let folder = arguments.GetResult VectorsArgument.Output

    if arguments.Contains VectorsArgument.Input_Shape then
        let total = Output.counted layers.Length "layer"

        Output.refuse
            Diagnostics.LayerNotSaid
            $"--input-shape: the plan has {total}, so --layer must say whose input that is."

    let written =
        VectorWriter.WriteAll(folder, layers, options, arguments.Contains VectorsArgument.Force)

    if arguments.Contains VectorsArgument.Json then
        Output.writeJson written.Write
    else
        for layer in written.Layers do
            show (Path.Combine(folder, layer.Folder)) layer.Manifest
            Output.print ""

        let total = Output.counted written.Layers.Count "layer"
        Output.print $"Folders      {total}, in {folder}"

let private write (arguments: ParseResults<VectorsArgument>) : unit =
    let file = arguments.GetResult VectorsArgument.Plan
    let name = arguments.TryGetResult VectorsArgument.Layer
    let options = options arguments
    let onProcessor = onProcessor file (arguments.TryGetResult VectorsArgument.Profile)

    if file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) then
        Output.refuse Diagnostics.NotAPlan $"{file}: vectors takes a plan; make one with quantfn quantize --plan."

    let plans = PlanFiles.read file
    let weightsAlone = plans.WeightOnlyLayers |> Seq.map _.Name |> List.ofSeq

    match name, List.ofSeq plans.Layers with
    | None, (_ :: _ as layers) when layers.Length + weightsAlone.Length > 1 ->
        if not weightsAlone.IsEmpty then
            let names = String.concat ", " weightsAlone

            Output.warn (
                Diagnostics.NoVectors.Warn
                    $"{file}: planned for integer weights alone, so that there are no vectors of: {names}."
            )

        writeAll arguments options (List.map onProcessor layers)
    | _, layers ->
        PlannedLayer.find "make vectors of" file (fun (plan: NamedPlan) -> plan.Name) layers weightsAlone name
        |> onProcessor
        |> writeOne arguments options

let run (arguments: ParseResults<VectorsArgument>) (_: CancellationToken) : Task =
    write arguments
    Task.CompletedTask
