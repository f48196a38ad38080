module QuantFunctional.Tests.GeneratorsTests

open Xunit
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.Testing

[<Fact>]
let ``P16 the generator meets every corner`` () =
    let cases = Gen.sampleWithSeed (Rnd(1UL, 3UL)) 50 3000 LayerGen.case
    let results = Array.map LayerCase.plan cases

    let planned =
        results
        |> Array.choose (function
            | Ok p -> Some p
            | Error _ -> None)

    let attempts = planned |> Seq.collect _.Trace.Attempts |> Seq.toList

    let cause c =
        attempts
        |> List.exists (fun a ->
            match a.Outcome with
            | AttemptOutcome.Retried r -> r.Cause = c
            | _ -> false)

    let warned is =
        planned |> Array.exists (fun p -> Seq.exists is p.Warnings)

    Assert.True(planned.Length > 2000, $"only {planned.Length} planned")
    Assert.True(planned.Length < 3000, "none refused")

    for c in
        [
            RetryCause.Relu
            RetryCause.ShiftAboveRange
            RetryCause.ProductOverflow
            RetryCause.BiasOverflow
        ] do
        Assert.True(cause c, $"{c}")

    Assert.True(
        warned (function
            | Warning.DeadChannels _ -> true
            | _ -> false),
        "dead"
    )

    Assert.True(
        warned (function
            | Warning.ConstantOutput _ -> true
            | _ -> false),
        "constant"
    )

    Assert.True(
        warned (function
            | Warning.OutputScaleReduced _ -> true
            | _ -> false),
        "reduced"
    )
