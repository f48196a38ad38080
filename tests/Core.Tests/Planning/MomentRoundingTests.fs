module QuantFunctional.Tests.MomentRoundingTests

open System
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing.WeightOnlyCases
open QuantFunctional.Tests.ErrorFeedbackTests

let private layerOf (weights: float32 array) channels size =
    let shape =
        WeightShape.create WeightLayout.OI 1 [ channels; weights.Length / channels ] |> need

    let view = WeightView.ofShape shape (ReadOnlyMemory weights) |> need

    let request =
        {
            Type = WeightType.Int4
            Granularity = WeightGranularity.PerGroup size
            Steps = StepFormat.Float32
            Rule = StepRule.Largest
        }

    view, WeightOnly.plan request view ReadOnlyMemory.Empty |> need

[<Fact>]
let ``a product keeps its steps, and each block of inputs is rounded by its own moments`` () =
    let random = Random 7
    let weights = Array.init 60 (fun _ -> random.NextSingle() - 0.5f)
    Array.fill weights 20 4 0.0f // a group without a step
    let view, layer = layerOf weights 3 4

    let rows n =
        Array.init 50 (fun _ ->
            let shared = random.NextDouble() in Array.init n (fun _ -> shared + 0.3 * random.NextDouble()))

    let blocks =
        [ 12; 8 ] |> List.map (fun n -> SecondMoments.create n (momentsOf (rows n)) |> need)

    let rounded = MomentRounding.round view blocks layer |> need
    Assert.Equal<float seq>(layer.Steps, rounded.Layer.Steps)
    Assert.True(rounded.Errors.Chosen < 0.5 * rounded.Errors.Nearest)
    Assert.All(Seq.init 4 (fun i -> rounded.Layer.Weights[20 + i]), fun integer -> Assert.Equal(0y, integer))

    let told =
        Array.allPairs [| 0..2 |] [| 0; 1 |]
        |> Array.sumBy (fun (channel, block) ->
            let first = channel * 20 + block * 12
            let n = blocks[block].Inputs
            let fake = WeightOnly.fakeQuantized rounded.Layer

            let errors =
                Array.init n (fun i -> float weights[first + i] - float fake[first + i])

            SecondMoments.error blocks[block] (ReadOnlySpan errors))

    Assert.InRange(told, rounded.Errors.Chosen * 0.999999, rounded.Errors.Chosen * 1.000001)

[<Fact>]
let ``what are no moments of a product's inputs is refused`` () =
    let refused (source: Result<'T, Refusal>) =
        match source with
        | Ok _ -> failwith "nothing is refused"
        | Error refusal -> refusal.Message

    let view, layer = layerOf (Array.create 8 1.0f) 2 4
    Assert.Contains("1 to 1024", refused (SecondMoments.create 0 [||]))
    Assert.Contains("1 to 1024", refused (SecondMoments.create 1025 [||]))
    Assert.Contains("3 numbers", refused (SecondMoments.create 2 [| 1.0; 0.0; 1.0 |]))
    Assert.Contains("finite", refused (SecondMoments.create 1 [| nan |]))
    Assert.Contains("finite", refused (SecondMoments.create 1 [| infinity |]))
    Assert.Contains("symmetric", refused (SecondMoments.create 2 [| 1.0; 0.5; 0.0; 1.0 |]))
    Assert.Contains("symmetric", refused (SecondMoments.create 1 [| -1.0 |]))
    Assert.Contains("symmetric", refused (SecondMoments.create 2 [| 0.0; 0.5; 0.5; 1.0 |]))
    let three = SecondMoments.create 3 (Array.create 9 1.0) |> need
    Assert.Contains("3 inputs where it has 4", refused (MomentRounding.round view [ three ] layer))
