module QuantFunctional.Cli.Commands.Execute

open System
open System.Collections.Immutable
open System.IO
open System.Threading
open System.Threading.Tasks
open Argu
open QuantFunctional
open QuantFunctional.Cli
open QuantFunctional.Documents
open QuantFunctional.Formats

/// A multiplier or shift that nothing runs means nothing. What else a certificate finds is run as it stands, so that an
/// overflow can be seen.
let private refuseConstants (layer: CheckedLayer) : unit =
    let broken =
        layer.Certify().Violations |> Seq.tryFind (fun violation -> violation.IsConstantOutOfRange)

    match broken with
    | Some violation ->
        raise (Diagnostics.ConstantNotRun.Fault($"layer {layer.Name}, {violation.Message}.", node = layer.Name))
    | None -> ()

/// The layer of a plan or of a model that is meant, with its integers.
let private find (file: string) (arguments: ParseResults<ExecuteArgument>) : string * IntegerLayer =
    let name = arguments.TryGetResult ExecuteArgument.Layer
    let profile = arguments.TryGetResult ExecuteArgument.Profile

    match name with
    | Some name when ExecuteModel.isModel file ->
        let layer = ExecuteModel.findLayer file (ExecuteModel.load file profile) name
        layer.Name, layer.Integers
    | _ ->
        let plans =
            PlannedLayer.onProcessor file (fun () -> PlanFiles.readLayers file) profile

        let layer =
            PlannedLayer.find
                "execute"
                file
                (fun (layer: CheckedLayer) -> layer.Name)
                plans.Layers
                plans.NothingToVerify
                name

        refuseConstants layer
        layer.Name, layer.Integers

/// The files of the intermediates that a layer has.
let private traceFiles (layer: IntegerLayer) (folder: string) : string list =
    if not (Directory.Exists folder) then
        Output.refuse
            Diagnostics.TargetFolderMissing
            $"--trace-intermediates: there is no folder {folder}; create it first."

    [
        for intermediate in PlanRunner.Intermediates layer do
            Path.Combine(folder, $"{intermediate.FileName}.npy")
    ]

let private run' (name: string) (layer: IntegerLayer) (file: string) (input: IntegerTensor) : Execution =
    match PlanRunner.TryRun(layer, input) with
    | true, NonNull execution, _ -> execution
    | _, _, NonNull fault ->
        let message =
            match fault with
            | ExecutionFault.Overflow _ -> $"layer {name}, {fault.Message}."
            | ExecutionFault.InputOutOfRange _ -> $"{file}: {fault.Message}, which is {layer.Input.Type.Name}."
            | ExecutionFault.InputShape _ -> $"{file}: {fault.Message}."

        raise (Diagnostics.Of(fault).Fault(message, file = file, node = name))
    | _ -> invalidOp "neither an execution nor a fault"

/// What is told of an execution, for programs.
type Summary =
    {
        Layer: string
        InputType: string
        InputSizes: int seq
        OutputType: string
        OutputSizes: int seq
        Lowest: int
        Highest: int
        /// The values that the output is clamped to, and how many stand on each.
        ClampLow: int64
        ClampHigh: int64
        AtClampLow: int
        AtClampHigh: int
        Written: string
    }

let private summary
    (name: string)
    (integers: IntegerLayer)
    (input: IntegerTensor)
    (output: IntegerTensor)
    (written: string)
    : Summary =
    let count (bound: int64) =
        output.Values |> Seq.filter (fun value -> int64 value = bound) |> Seq.length

    {
        Layer = name
        InputType = integers.Input.Type.Name
        InputSizes = input.Sizes
        OutputType = integers.Output.Type.Name
        OutputSizes = output.Sizes
        Lowest = Seq.min output.Values
        Highest = Seq.max output.Values
        ClampLow = integers.OutputRange.Low
        ClampHigh = integers.OutputRange.High
        AtClampLow = count integers.OutputRange.Low
        AtClampHigh = count integers.OutputRange.High
        Written = written
    }

let private show (summary: Summary) : unit =
    let sizes (axes: int seq) = String.Join('x', axes)
    Output.print $"Layer      {summary.Layer}"
    Output.print $"Input      {summary.InputType}, {sizes summary.InputSizes}"

    Output.print
        $"Output     {summary.OutputType}, {sizes summary.OutputSizes}, from {summary.Lowest} to {summary.Highest}"

    let lowest = $"{summary.AtClampLow} at the lowest value, {summary.ClampLow}"
    let highest = $"{summary.AtClampHigh} at the highest, {summary.ClampHigh}"
    Output.print $"Saturated  {lowest}; {highest}"

    Output.print $"Written    {summary.Written}"

let private executeLayer (arguments: ParseResults<ExecuteArgument>) : unit =
    let file = arguments.GetResult ExecuteArgument.Plan
    let inputFile = arguments.GetResult ExecuteArgument.Input
    let output = arguments.GetResult ExecuteArgument.Output
    let force = arguments.Contains ExecuteArgument.Force

    let name, layer = find file arguments

    let traced =
        match arguments.TryGetResult ExecuteArgument.Trace_Intermediates with
        | Some folder -> traceFiles layer folder
        | None -> []

    let input = IntegerArrays.Read inputFile

    for written in output :: traced do
        OptionValues.refuseInputs [ file; PlanFile.ArraysPath file; inputFile ] written
        AtomicFile.Check(written, force)

    if traced |> List.exists (fun path -> Path.GetFullPath path = Path.GetFullPath output) then
        Output.refuse
            Diagnostics.ResultsCollide
            $"{output}: an intermediate is written there; name another file with -o."

    let execution = run' name layer inputFile input
    let result = execution.Output
    let shape = result.Sizes |> Seq.map int64 |> Array.ofSeq

    let write (path: string) (values: ImmutableArray<int64>) =
        AtomicFile.Write(path, (fun stream -> NpyWriter.Write<int64>(stream, values.AsSpan(), shape.AsSpan())), force)

    for path, known in Seq.zip traced execution.Intermediates do
        write path known.Values

    let scalar = layer.Output.Type
    AtomicFile.Write(output, (fun stream -> IntegerArrays.Write(stream, result, scalar)), force)
    let summary = summary name layer input result output

    if arguments.Contains ExecuteArgument.Json then
        Output.printJson summary
    else
        show summary

let run (arguments: ParseResults<ExecuteArgument>) (cancel: CancellationToken) : Task =
    let isWholeModel =
        ExecuteModel.isModel (arguments.GetResult ExecuteArgument.Plan)
        && not (arguments.Contains ExecuteArgument.Layer)

    if arguments.Contains ExecuteArgument.Weights then
        ExecuteWeights.run arguments cancel
    elif not (arguments.Contains ExecuteArgument.Input) then
        arguments.Raise("missing parameter '--input' (or '--weights').", showUsage = false)
    elif isWholeModel then
        ExecuteModel.run arguments cancel
    else
        executeLayer arguments
        Task.CompletedTask
