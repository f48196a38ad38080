namespace QuantFunctional.Processors

open QuantFunctional.Cli
open QuantFunctional.Commands

/// Tells what the releases made of files.
[<RequireQualifiedAccess>]
module ReleasesReport =

    let private said (elements: int64) (outcome: ReleaseOutcome) : string =
        match outcome.Outcome with
        | Ok 0L -> $"{outcome.Release}: the same"
        | Ok differing -> $"{outcome.Release}: {Output.grouped differing} of {Output.grouped elements} differ"
        | Error reason -> $"{outcome.Release}: refused, {reason}"

    let private cut (text: string) : string =
        if text.Length > 150 then text[..149] + "…" else text

    let private isKept (outcome: ReleaseOutcome) : bool =
        not outcome.IsPromised || outcome.Outcome = Ok 0L

    let private show (files: ReleasesOfFile list) : unit =
        Output.printTable
            [
                TextTable.Left "file"
                TextTable.Left "oldest"
                TextTable.Left "because of"
                TextTable.Right "elements"
                TextTable.Left "from there on"
            ]
            [
                for file in files do
                    let promised = file.Outcomes |> List.filter _.IsPromised

                    [
                        file.Title
                        file.Oldest.Version
                        cut file.Oldest.Because
                        Output.grouped file.Elements
                        $"{promised |> List.filter isKept |> List.length} of {promised.Length} the same"
                    ]
            ]

        for file in files do
            for outcome in file.Outcomes |> List.filter (isKept >> not) do
                printfn $"BROKEN: {file.Title} in {said file.Elements outcome}"

        printfn "One release below the oldest:"

        for file in files do
            match file.Outcomes |> List.filter (fun outcome -> not outcome.IsPromised) |> List.tryLast with
            | Some below -> printfn $"  {file.Title} in {cut (said file.Elements below)}"
            | None -> ()

    /// The report; it passes where every release from a file's oldest on gives the same.
    let make (files: ReleasesOfFile list) : Output.Report =
        {
            Passed = files |> List.forall (fun file -> file.Outcomes |> List.forall isKept)
            Show = fun () -> show files
            Document =
                [
                    for file in files ->
                        {|
                            File = file.Title
                            Oldest = file.Oldest
                            Elements = file.Elements
                            Releases =
                                [
                                    for outcome in file.Outcomes ->
                                        {|
                                            Release = outcome.Release
                                            IsPromised = outcome.IsPromised
                                            Outcome = said file.Elements outcome
                                        |}
                                ]
                        |}
                ]
        }
