module QuantFunctional.Tests.SearchedWeightsTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

[<Fact>]
let ``a group of which the highest weight stands out has a negative step`` () =
    let layer =
        plan
            {
                Request =
                    {
                        Type = WeightType.Int4
                        Granularity = WeightGranularity.PerGroup 4
                        Steps = StepFormat.Float32
                        Rule = StepRule.Searched
                    }
                Positions = 1
                Weights = [| [| 8.0f; 1.0f; -7.0f; 3.0f; 0.0f; 0.0f; 0.0f; 0.0f |] |]
                Bias = [| 2.0f |]
            }

    Assert.Equal<float list>([ -1.0; 1.0 ], List.ofSeq layer.Steps)
    Assert.Equal<sbyte list>([ -8y; -1y; 7y; -3y; 0y; 0y; 0y; 0y ], List.ofSeq layer.Weights)

    Assert.Equal<float32 list>(
        [ 8.0f; 1.0f; -7.0f; 3.0f; 0.0f; 0.0f; 0.0f; 0.0f ],
        List.ofArray (WeightOnly.fakeQuantized layer)
    )

    Assert.True(layer.ZeroPoints.IsEmpty)

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 200)>]
let ``second moments keep searched steps and zero points, and the error is never larger``
    (c: WeightOnlyCase)
    (seed: int)
    =
    // moments of float32 rows and weights of up to 2^127 would not be finite
    let small (weight: float32) =
        if abs weight > 1e6f then
            MathF.CopySign(1.0f, weight)
        else
            weight

    let c =
        { c with
            Positions = 1
            Weights = c.Weights |> Array.map (Array.map small)
        }

    let layer = planAs WeightLayout.OI c
    let inputs = layer.Shape.Inputs
    let random = Random seed

    let rows =
        Array.init (inputs + 3) (fun _ ->
            let shared = random.NextDouble()
            Array.init inputs (fun _ -> shared + 0.3 * random.NextDouble()))

    let sums =
        Array.init (inputs * inputs) (fun at -> rows |> Array.sumBy (fun row -> row[at / inputs] * row[at % inputs]))

    let moments = SecondMoments.create inputs sums |> need

    let view =
        WeightView.ofShape layer.Shape (ReadOnlyMemory(Array.concat c.Weights)) |> need

    let rounded = MomentRounding.round view [ moments ] layer |> need
    Assert.Equal<float seq>(layer.Steps, rounded.Layer.Steps)
    Assert.Equal<sbyte seq>(layer.ZeroPoints, rounded.Layer.ZeroPoints)
    Assert.True(rounded.Errors.Chosen <= rounded.Errors.Nearest)

    let errorOf (layer: WeightOnlyLayer) =
        let fake = WeightOnly.fakeQuantized layer

        Seq.init layer.Shape.Channels (fun channel ->
            let errors =
                Array.init inputs (fun input ->
                    let real, rounded = c.Weights[channel][input], fake[channel * inputs + input]
                    float real - float rounded)

            SecondMoments.error moments (ReadOnlySpan errors))
        |> Seq.sum

    Assert.True(errorOf rounded.Layer <= errorOf layer * 1.00001 + 1e-300)

[<Fact>]
let ``zero points and signs of steps that the request does not allow are refused`` () =
    let shape = WeightShape.create WeightLayout.OI 1 [ 2; 2 ] |> need

    let remake kind rule (weights: sbyte list) (steps: float list) (zeros: sbyte list) =
        let request =
            {
                Type = kind
                Granularity = WeightGranularity.PerChannel
                Steps = StepFormat.Float32
                Rule = rule
            }

        WeightOnly.ofParts
            request
            shape
            (ImmutableArray.CreateRange weights)
            (ImmutableArray.CreateRange steps)
            (ImmutableArray.CreateRange zeros)
            ImmutableArray.Empty

    let refused (expected: string) (result: Result<WeightOnlyLayer, Refusal>) =
        match result with
        | Ok _ -> failwith "it was not refused"
        | Error refusal -> Assert.Contains(expected, refusal.Message)

    let good = [ -8y; 7y; 0y; 1y ]
    let unsigned = [ 0y; 15y; 3y; 3y ]
    Assert.True(Result.isOk (remake WeightType.Int4 StepRule.Searched good [ -1.0; 0.5 ] []))
    Assert.True(Result.isOk (remake WeightType.UInt4 StepRule.Largest unsigned [ 1.0; 0.5 ] [ 15y; 0y ]))
    remake WeightType.Int4 StepRule.Largest [ 0y; 0y; 0y; 0y ] [ -1.0; 0.5 ] [] |> refused "a step"
    remake WeightType.UInt4 StepRule.Searched unsigned [ -1.0; 0.5 ] [ 0y; 0y ] |> refused "a step"
    remake WeightType.Int4 StepRule.Largest good [ 1.0; 0.5 ] [] |> refused "-7 .. 7"
    remake WeightType.UInt4 StepRule.Searched good [ 1.0; 0.5 ] [ 0y; 0y ] |> refused "0 .. 15"

    remake WeightType.Int8 StepRule.Searched good [ 1.0; 0.5 ] [ 0y; 0y ]
    |> refused "plan for uint4, or leave them out"

    remake WeightType.UInt4 StepRule.Searched unsigned [ 1.0; 0.5 ] [ 0y ]
    |> refused "1 zero points where 2"

    remake WeightType.UInt4 StepRule.Searched unsigned [ 1.0; 0.5 ] [ 0y; 16y ]
    |> refused "a zero point"
