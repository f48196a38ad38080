module QuantFunctional.Tests.IntegerLimitsTests

open System
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Tests.ErrorFeedbackTests

/// The most that two neighbours of one sign are together, without that sign.
let private heaviest (integers: sbyte array) =
    integers
    |> Array.chunkBySize 2
    |> Array.map (fun pair -> max (Array.sumBy (int >> max 0) pair) -(Array.sumBy (int >> min 0) pair))
    |> Array.max

[<Property(Arbitrary = [| typeof<ChannelArbitraries> |], MaxTest = 500)>]
let ``no pair becomes heavier than the heaviest one may be, also where that is one of the nearest integers``
    (case: ChannelCase)
    =
    let integers = nearest case
    let most = heaviest integers

    let limits =
        {
            Lowest = -(float case.Most)
            Highest = float case.Most
            Together = float most
        }

    ErrorFeedback.roundWithin
        (ErrorFeedback.ofMoments (moments case))
        limits
        (ReadOnlySpan case.Steps)
        (ReadOnlySpan case.Weights)
        (Span integers)
    |> ignore

    Assert.InRange(heaviest integers, 0, most)
