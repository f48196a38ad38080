namespace QuantFunctional.Proofs

open System
open System.Collections.Generic
open System.Diagnostics
open Microsoft.ML.OnnxRuntime
open QuantFunctional.Commands
open QuantFunctional.Formats
open QuantFunctional.Onnx
open QuantFunctional.Onnx.Model
open QuantFunctional.Onnx.Reading
open QuantFunctional.Cli

/// What two engines made of the layers of one operator.
type EngineRow =
    {
        Operator: string
        Layers: int64
        /// Layers that ONNX Runtime ran on an integer kernel.
        OnIntegers: int64
        Elements: int64
        DifferingLayers: int64
        DifferingElements: int64
        MaxSteps: int64
    }

/// What the run over random layers showed.
type EnginesResult =
    {
        Passed: bool
        Seed: int
        Seconds: float
        Rows: EngineRow list
        /// The numbers of the first layers that differ.
        Differing: int list
    }

/// Random layers in ONNX Runtime and in this library's own integers, element by element.
[<RequireQualifiedAccess>]
module Engines =

    let private integerKernels = set [ "QLinearConv"; "QLinearMatMul"; "QGemm" ]

    /// What one layer showed.
    [<Struct>]
    type private Outcome =
        {
            Name: string
            OnIntegers: bool
            Elements: int64
            Differing: int64
            MaxSteps: int64
        }

    let private run (layer: RandomLayer) : Outcome =
        let model = LayerModel.ofLayer layer

        // the middle of each step, so that no rounding of the conversion decides
        let real =
            layer.Inputs |> Array.map (fun stored -> float32 (stored - layer.InputZero) * layer.InputStep)

        let struct (session, optimized) =
            OptimizedGraph.Open(model, Func<SessionOptions> OrtSessions.IntegerKernels)

        use session = session

        use tensor =
            OrtValue.CreateTensorValueFromMemory(real, List.toArray (List.map int64 layer.InputSizes))

        use options = new RunOptions()
        use results = session.Run(options, [| "x" |], [| tensor |], [| "y" |])
        let theirs = results[0].GetTensorDataAsSpan<float32>().ToArray()
        let inputs = Dictionary<string, RealArray<float32>>()
        inputs["x"] <- RealArray<float32>(ReadOnlyMemory real, List.toArray layer.InputSizes)
        // where products are added in saturating pairs, ours are too
        let target = ReadingTarget(null, HostProcessor.Profile, true)

        let ours =
            IntegerModel.Load(model, target).Run(inputs).Outputs["y"].Values.ToArray()

        let steps =
            Array.map2
                (fun (a: float32) b -> int64 (Math.Round(float (abs (a - b)) / float layer.OutputStep)))
                ours
                theirs

        {
            Name = layer.Operator.Name
            OnIntegers =
                match optimized with
                | null -> false
                | graph -> graph.Graph.Node |> Seq.exists (fun node -> integerKernels.Contains node.OpType)
            Elements = int64 ours.Length
            Differing = steps |> Seq.filter (fun distance -> distance > 0L) |> Seq.length |> int64
            MaxSteps = Array.fold max 0L steps
        }

    let private row (name: string) (outcomes: Outcome seq) : EngineRow =
        let count question =
            outcomes |> Seq.filter question |> Seq.length |> int64

        {
            Operator = name
            Layers = Seq.length outcomes |> int64
            OnIntegers = count _.OnIntegers
            Elements = outcomes |> Seq.sumBy _.Elements
            DifferingLayers = count (fun outcome -> outcome.Differing > 0L)
            DifferingElements = outcomes |> Seq.sumBy _.Differing
            MaxSteps = outcomes |> Seq.map _.MaxSteps |> Seq.fold max 0L
        }

    let private compare (count: int) (seed: int) : EnginesResult =
        let started = Stopwatch.GetTimestamp()

        let outcomes =
            Progress.during "layers in both engines" (int64 count) (fun report ->
                Array.init count (fun number ->
                    let outcome = run (RandomLayer.draw seed number)
                    report 1L
                    outcome))

        let rows =
            outcomes
            |> Seq.groupBy _.Name
            |> Seq.sortBy fst
            |> Seq.map (fun (name, some) -> row name some)
            |> List.ofSeq

        let differing =
            outcomes
            |> Seq.indexed
            |> Seq.filter (fun (_, outcome) -> outcome.Differing > 0L)
            |> Seq.map fst
            |> List.ofSeq

        {
            Passed = differing.IsEmpty
            Seed = seed
            Seconds = (Stopwatch.GetElapsedTime started).TotalSeconds
            Rows = rows @ [ row "all" outcomes ]
            Differing = List.truncate 10 differing
        }

    let private show (result: EnginesResult) : unit =
        Output.printTable
            [
                TextTable.Left "Operator"
                TextTable.Right "Layers"
                TextTable.Right "on integer kernels"
                TextTable.Right "Elements"
                TextTable.Right "Differing layers"
                TextTable.Right "elements"
                TextTable.Right "Steps"
            ]
            [
                for row in result.Rows ->
                    [
                        row.Operator
                        Output.grouped row.Layers
                        Output.grouped row.OnIntegers
                        Output.grouped row.Elements
                        Output.grouped row.DifferingLayers
                        Output.grouped row.DifferingElements
                        Output.grouped row.MaxSteps
                    ]
            ]

        if not result.Differing.IsEmpty then
            let numbers = String.Join(", ", result.Differing)
            printfn $"the first that differ, of seed {result.Seed}: {numbers}"

        let verdict = if result.Passed then "no difference" else "NOT PROVEN"
        printfn $"onnxruntime: {verdict}, seed {result.Seed}, {Output.fixedPoint 0 result.Seconds} s"

    /// So many random layers of a seed.
    let report (count: int) (seed: int) : Output.Report =
        let result = compare count seed

        {
            Passed = result.Passed
            Show = fun () -> show result
            Document = result
        }
