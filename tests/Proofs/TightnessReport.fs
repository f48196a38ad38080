namespace QuantFunctional.Proofs

open QuantFunctional.Cli
open QuantFunctional.Commands

/// What the layers of a path showed together.
type PathTightness =
    {
        Path: string
        Layers: int
        Random: int64
        Searched: int64
        Outputs: int64
        RandomMedian: float
        Median: float
        Smallest: float
        Largest: float
        Wanted: float
        Violations: int64
    }

type TightnessResult =
    {
        Passed: bool
        Paths: PathTightness array
        Layers: LayerTightness array
    }

/// The tables of a tightness run, and whether the bound is met and near enough.
[<RequireQualifiedAccess>]
module TightnessReport =

    /// The least median of the largest error seen over the bound.
    let private wanted (path: string) = if path = "int8" then 0.95 else 0.33

    /// The middle value, of an even number the lower of two.
    let private median (values: float array) =
        (Array.sort values)[(values.Length - 1) / 2]

    let private ofPath (path: string, layers: LayerTightness array) : PathTightness =
        let ratios = layers |> Array.map _.Ratio

        {
            Path = path
            Layers = layers.Length
            Random = layers |> Array.sumBy (fun layer -> int64 layer.Random)
            Searched = layers |> Array.sumBy (fun layer -> int64 layer.Searched)
            Outputs = layers |> Array.sumBy _.Outputs
            RandomMedian = layers |> Array.map _.RandomRatio |> median
            Median = median ratios
            Smallest = Array.min ratios
            Largest = Array.max ratios
            Wanted = wanted path
            Violations = layers |> Array.sumBy _.Violations
        }

    let private pathRow (path: PathTightness) : string list =
        [
            path.Path
            Output.grouped path.Layers
            Output.grouped path.Random
            Output.grouped path.Searched
            Output.grouped path.Outputs
            Output.fixedPoint 3 path.RandomMedian
            Output.fixedPoint 3 path.Median
            Output.fixedPoint 3 path.Smallest
            Output.fixedPoint 3 path.Largest
            Output.grouped path.Violations
        ]

    let private show (result: TightnessResult) : unit =
        printfn "The largest error seen over the certified bound, by layer; outputs that saturate are left out."

        Output.printTable
            [
                TextTable.Left "Path"
                TextTable.Right "Layers"
                TextTable.Right "Random inputs"
                TextTable.Right "Searched"
                TextTable.Right "Outputs"
                TextTable.Right "Median of random"
                TextTable.Right "Median"
                TextTable.Right "Smallest"
                TextTable.Right "Largest"
                TextTable.Right "Violations"
            ]
            (result.Paths |> Array.map pathRow |> List.ofArray)

        let wanted =
            result.Paths
            |> Array.map (fun path -> $"{path.Path} {Output.fixedPoint 2 path.Wanted}")
            |> String.concat ", "

        let verdict = if result.Passed then "met, and tight" else "NOT PROVEN"
        printfn $"tightness: {verdict}; no violation and medians of at least {wanted} are asked for"

    let report (options: Tightness.Options) : Output.Report =
        let layers = Tightness.run options
        let paths = layers |> Array.groupBy _.Path |> Array.map ofPath

        let result =
            {
                Passed = paths |> Array.forall (fun path -> path.Violations = 0L && path.Median >= path.Wanted)
                Paths = paths
                Layers = layers
            }

        {
            Passed = result.Passed
            Show = fun () -> show result
            Document = result
        }
