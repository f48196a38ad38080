module QuantFunctional.Tests.WeightRoundingTests

open System.Collections.Generic
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Tests.ErrorFeedbackTests

let private plain =
    PlainCase.ofWeights
        BackendProfile.onnxRuntime
        Precision.TfliteInt8
        [| [| 1.0f; -0.5f; 0.26f |]; [| 0.0f; 0.0f; 0.0f |] |]

let private refusedBy (differences: sbyte array) =
    match PlainCase.refusal (PlainCase.rounded differences plain) with
    | Refusal.WeightRoundingNotFit what -> what
    | other -> failwith $"{other}"

[<Fact>]
let ``what the target does not hold is refused, and not clipped`` () =
    Assert.Contains("2 differences for 6 weights", refusedBy [| 0y; 0y |])
    Assert.Contains("channel 0 would have the weight 128", refusedBy [| 1y; 0y; 0y; 0y; 0y; 0y |])
    Assert.Contains("channel 0 would have neighbours of 129 together", refusedBy [| 0y; 66y; 0y; 0y; 0y; 0y |])
    Assert.Contains("channel 1 has no step", refusedBy [| 0y; 0y; 0y; 0y; 1y; 0y |])

    let plan = PlainCase.plan (PlainCase.rounded [| -1y; 1y; 0y; 0y; 0y; 0y |] plain)

    Assert.Equal<sbyte seq>([ 126y; -63y; 33y; 0y; 0y; 0y ], plan.Integers.Weights)

    // the largest weights and the heaviest pair that there may be
    let most = PlainCase.plan (PlainCase.rounded [| 0y; 65y; 94y; 0y; 0y; 0y |] plain)

    Assert.Equal<sbyte seq>([ 127y; 1y; 127y; 0y; 0y; 0y ], most.Integers.Weights)

    Assert.Contains(
        "Rounding: 2 of 6 weights differ from the nearest integers",
        String.concat "\n" (Explanation.ofLayer "layer" null plan).Setting
    )

[<Fact>]
let ``moments and weights of another layer are refused`` () =
    let plan = PlainCase.plan plain
    let weights = (LayerCase.layer plain).Weights

    let block n =
        SecondMoments.create n (momentsOf [| Array.create n 1.0 |]) |> LayerCase.need

    let refused (blocks: SecondMoments list list) plan =
        let moments =
            blocks |> List.map (fun group -> group :> IReadOnlyList<SecondMoments>)

        match LayerRounding.ofMoments weights moments plan with
        | Error refusal -> refusal.Message
        | Ok _ -> failwith "rounded"

    Assert.Contains("2 groups where it has 1", refused [ [ block 3 ]; [ block 3 ] ] plan)
    Assert.Contains("4 inputs where it has 3", refused [ [ block 4 ] ] plan)
    Assert.Contains("part a pair of neighbours", refused [ [ block 1; block 2 ] ] plan)

    let other =
        PlainCase.plan
            { plain with
                Weights = [| [| 1.0f; 1.0f; 1.0f |]; [| 0.0f; 0.0f; 1.0f |] |]
            }

    Assert.Contains("not the nearest integers", refused [ [ block 3 ] ] other)
