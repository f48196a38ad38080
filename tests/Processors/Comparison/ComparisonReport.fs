namespace QuantFunctional.Processors

open System
open QuantFunctional.Cli
open QuantFunctional.Commands

/// Tells what a comparison showed.
[<RequireQualifiedAccess>]
module ComparisonReport =

    let private distance (unit: Unit) (found: Differences option) : string =
        match found |> Option.map _.Largest, unit with
        | None, _
        | Some 0L, _ -> ""
        | Some Int64.MaxValue, _ -> "another shape"
        | Some 1L, Unit.Steps _ -> "1 step"
        | Some steps, Unit.Steps _ -> $"{Output.grouped steps} steps"
        | Some places, Unit.LastPlaces -> $"{Output.grouped places} ulp"
        | Some whole, Unit.Integers -> Output.grouped whole

    /// Whether an output is another one than it should be; a real one may be a few units in the last place away.
    let private differs (lastPlaces: int64) (row: Row) : bool =
        [ row.FromOwn; row.FromNative ]
        |> List.choose id
        |> List.exists (fun found ->
            found.Differing > 0L && not (row.Unit = Unit.LastPlaces && found.Largest <= lastPlaces))

    let private differing (found: Differences option) : string =
        match found with
        | Some found -> Output.grouped found.Differing
        | None -> "-"

    let private showModel (result: ModelResult) : unit =
        printfn $"{result.Model}: {result.Samples} samples of {result.Data}"

        for output, reason in result.NotOwn do
            printfn $"  output `{output}` is compared between processors only; {reason}"

        for processor, reason in result.Failures do
            printfn $"  {processor} does not run it: {reason}"

        Output.printTable
            [
                TextTable.Left "processor"
                TextTable.Left "output"
                TextTable.Right "elements"
                TextTable.Right "not as our integers"
                TextTable.Right "at most by"
                TextTable.Right "not as native"
                TextTable.Right "at most by"
            ]
            [
                for row in result.Rows ->
                    [
                        row.Processor
                        row.Output
                        Output.grouped row.Elements
                        differing row.FromOwn
                        distance row.Unit row.FromOwn
                        differing row.FromNative
                        distance row.Unit row.FromNative
                    ]
            ]

    let private documentOf (result: ModelResult) =
        let counts (found: Differences option) =
            found
            |> Option.map (fun found ->
                {|
                    Differing = found.Differing
                    Largest = found.Largest
                |})

        {|
            Model = result.Model
            Data = result.Data
            Samples = result.Samples
            NotOwn =
                [
                    for output, reason in result.NotOwn -> {| Output = output; Reason = reason |}
                ]
            Failures =
                [
                    for processor, reason in result.Failures ->
                        {|
                            Processor = processor
                            Reason = reason
                        |}
                ]
            Rows =
                [
                    for row in result.Rows ->
                        {|
                            Processor = row.Processor
                            Output = row.Output
                            Unit =
                                match row.Unit with
                                | Unit.Steps _ -> "step"
                                | Unit.LastPlaces -> "ulp"
                                | Unit.Integers -> "integer"
                            Elements = row.Elements
                            FromOwn = counts row.FromOwn
                            FromNative = counts row.FromNative
                        |}
                ]
        |}

    let private verdict (lastPlaces: int64) (result: ComparisonResult) : string =
        let rows = result.Models |> List.collect _.Rows
        let processors = rows |> List.map _.Processor |> List.distinct

        match rows |> List.filter (differs lastPlaces) |> List.map _.Processor |> List.distinct with
        | [] when processors.IsEmpty -> "no processor ran a model."
        | [] when result.Models |> List.exists (fun model -> not model.Failures.IsEmpty) ->
            "a processor does not run a model."
        | [] ->
            let most =
                if lastPlaces = 0L then
                    "every element of every output is the same"
                else
                    $"every element is the same, real ones within {lastPlaces} ulp"

            $"""{most} on {String.concat ", " processors}."""
        | different -> $"""DIFFERENT on {String.concat ", " different}."""

    /// The report; a real output may be so many units in the last place away.
    let make (lastPlaces: int64) (result: ComparisonResult) : Output.Report =
        let passed =
            result.Models
            |> List.forall (fun model ->
                model.Failures.IsEmpty
                && not model.Rows.IsEmpty
                && not (List.exists (differs lastPlaces) model.Rows))

        for processor, reason in result.Skipped do
            Output.say $"skipped: {processor}, for {reason}"

        {
            Passed = passed
            Show =
                fun () ->
                    result.Models |> List.iter showModel
                    printfn $"{verdict lastPlaces result}"
            Document =
                {|
                    Passed = passed
                    LastPlaces = lastPlaces
                    Skipped =
                        [
                            for processor, reason in result.Skipped ->
                                {|
                                    Processor = processor
                                    Reason = reason
                                |}
                        ]
                    Seconds = dict result.Seconds
                    Models = result.Models |> List.map documentOf
                |}
        }
