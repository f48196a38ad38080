module QuantFunctional.Tests.ClassificationTests

open System.Globalization
open Xunit
open Xunit.Abstractions
open FsCheck
open FsCheck.FSharp
open Microsoft.FSharp.Reflection
open QuantFunctional
open QuantFunctional.Testing

/// The name of a union's case.
let private caseOf (value: 'T) =
    let case, _ = FSharpValue.GetUnionFields(value, typeof<'T>)
    $"{typeof<'T>.Name}.{case.Name}"

let private casesOf<'T> () =
    FSharpType.GetUnionCases typeof<'T>
    |> Array.map (fun case -> $"{typeof<'T>.Name}.{case.Name}")
    |> List.ofArray

/// What planning a case met, each once.
let private met (case: LayerCase) =
    let trace, refusal =
        match LayerCase.plan case with
        | Ok planned -> planned.Trace, []
        | Error refused -> refused.Trace, [ caseOf refused.Refusal ]

    let retries =
        [
            for attempt in trace.Attempts do
                match attempt.Outcome with
                | AttemptOutcome.Retried reason ->
                    caseOf reason.Cause
                    caseOf reason.Remedy
                | _ -> ()
        ]

    let warnings = [ for warning in trace.Last.Warnings -> caseOf warning ]

    List.distinct (refusal @ retries @ warnings)

/// What the numbers of a layer can be refused for; what is bad input has a test of its own.
let private refusals =
    [
        "ProductOverflow"
        "BiasOverflow"
        "OutputOverflow"
        "ReluNotRunnable"
        "ReluOn32Bits"
    ]
    |> List.map (fun name -> $"Refusal.{name}")

type Tally(output: ITestOutputHelper) =

    [<Fact>]
    member _.``P16 every retry, remedy, warning and refusal is met in one case of a hundred``() =
        let count = 1500

        let tally source =
            Gen.sampleWithSeed (Rnd(1UL, 3UL)) 50 count source |> Seq.collect met |> Seq.countBy id |> Map.ofSeq

        let tallies = [ tally LayerGen.case; tally LayerGen.tight; tally LayerGen.wide ]

        let shares name =
            [
                for tally in tallies -> 100.0 * float (Map.tryFind name tally |> Option.defaultValue 0) / float count
            ]

        let wanted =
            casesOf<RetryCause>() @ casesOf<Remedy>() @ casesOf<Warning>() @ refusals

        for name in wanted do
            let text =
                shares name |> List.map (fun share -> share.ToString("F1", CultureInfo.InvariantCulture))

            output.WriteLine($"{name}: " + System.String.Join(" %, ", text) + " %")

        for name in wanted do
            Assert.True(List.max (shares name) >= 1.0, $"{name}: {shares name} %%")
