namespace QuantFunctional.Proofs

open QuantFunctional.Cli
open QuantFunctional.Commands

/// The tables of a requantization run.
[<RequireQualifiedAccess>]
module RequantizationReport =

    let private pairColumns =
        [
            TextTable.Left "Profile and path"
            TextTable.Left "Rounding"
            TextTable.Right "Pairs"
            TextTable.Right "Accumulators"
            TextTable.Right "Seconds"
            TextTable.Right "ns each"
            TextTable.Right "Differences"
        ]

    let private pairRow (result: RequantizationResult) (name: string) (pairs: PairResult array) : string list =
        let accumulators = pairs |> Array.sumBy _.Accumulators
        let seconds = pairs |> Array.sumBy _.Seconds

        let differs (difference: Difference) =
            pairs
            |> Array.exists (fun pair ->
                (pair.Profile, pair.Path, pair.Multiplier, pair.Shift) =
                    (difference.Profile, difference.Path, difference.Multiplier, difference.Shift))

        [
            name
            pairs |> Array.map _.Rounding |> Array.distinct |> String.concat ", "
            Output.grouped (int64 pairs.Length)
            Output.grouped accumulators
            Output.fixedPoint 1 seconds
            Output.fixedPoint 1 (seconds * 1e9 / float (max 1L accumulators))
            Output.grouped (result.Differences |> Array.filter differs |> Array.length |> int64)
        ]

    let private printPairs (result: RequantizationResult) (pairs: PairResult array) =
        let groups =
            pairs
            |> Array.groupBy (fun pair -> $"{pair.Profile}, {pair.Path}")
            |> Array.map (fun (name, pairs) -> pairRow result name pairs)

        Output.printTable
            pairColumns
            [
                yield! groups
                pairRow result "all" pairs |> List.mapi (fun i cell -> if i = 1 then "" else cell)
            ]

    let private shiftColumns =
        [
            TextTable.Left "Operation, or profile and path"
            TextTable.Right "Shifts"
            TextTable.Right "Values"
            TextTable.Right "Differences"
        ]

    let private shiftRow (row: Shifts.Row) : string list =
        [
            row.Operation
            Output.grouped row.Shifts
            Output.grouped row.Values
            Output.grouped row.Differences
        ]

    let show (result: RequantizationResult) : unit =
        let sampled, whole = result.Pairs |> Array.partition _.Sampled

        if result.Quick then
            printfn "A part of the accumulators: every 521st of all 2^32, and those beside powers of two and ties."
        else
            printfn "Every accumulator that the target takes: all 2^32, fewer where it shifts left first."

        printPairs result whole

        if sampled.Length > 0 then
            printfn "Accumulators of 48 bits, sampled: corners, values next to ties, seeded random ones."
            printPairs result sampled

        printfn "Every shift with every rounding, on corners, values next to ties and seeded random ones."
        Output.printTable shiftColumns (result.Shifts |> List.map shiftRow)

        for difference in result.Differences do
            printfn $"{difference.Sentence}"

        let verdict = if result.Passed then "no difference" else "NOT PROVEN"
        printfn $"requantization: {verdict}; digest of code, definition and list {result.Digest}"

    let report (options: Requantization.Options) : Output.Report =
        let result = Requantization.run options

        {
            Passed = result.Passed
            Show = fun () -> show result
            Document = result
        }
