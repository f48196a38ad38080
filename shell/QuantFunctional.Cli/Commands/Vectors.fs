module QuantFunctional.Cli.Commands.Vectors

open System
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Checking
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
        Output.refuse $"--count: {count} is below 0; 0 makes the corners alone."

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

let private write (arguments: ParseResults<VectorsArgument>) : unit =
    let file = arguments.GetResult VectorsArgument.Plan
    let folder = arguments.GetResult VectorsArgument.Output
    let name = arguments.TryGetResult VectorsArgument.Layer
    let force = arguments.Contains VectorsArgument.Force
    let options = options arguments

    if file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) then
        Output.refuse $"{file}: vectors takes a plan; make one with quantfn quantize --plan."

    let plans = PlanFile.Read file
    let weightsAlone = plans.WeightOnlyLayers |> Seq.map _.Name

    let layer =
        PlannedLayer.find "make vectors of" file (fun (plan: NamedPlan) -> plan.Name) plans.Layers weightsAlone name

    let onProcessor =
        let profile = arguments.TryGetResult VectorsArgument.Profile

        let target =
            PlannedLayer.onProcessor file (fun () -> CheckedLayers.Of(PlanDocument(Layers = [| layer |]))) profile

        NamedPlan(
            layer.Name,
            layer.Operator,
            { layer.Plan with
                Integers = target.Layers[0].Integers
            }
        )

    let manifest = VectorWriter.Write(folder, onProcessor, options, force)

    if arguments.Contains VectorsArgument.Json then
        use out = Console.OpenStandardOutput()
        manifest.Write out
    else
        show folder manifest

let run (arguments: ParseResults<VectorsArgument>) (_: CancellationToken) : Task =
    write arguments
    Task.CompletedTask
