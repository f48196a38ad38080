module QuantFunctional.Tests.WeightOnlyPartsTests

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

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 200)>]
let ``a plan is remade from its parts, and equal by content`` (c: WeightOnlyCase) =
    let layer = plan c

    let copy (values: ImmutableArray<'T>) =
        ImmutableArray.CreateRange(Seq.toArray values)

    let remade =
        WeightOnly.ofParts
            layer.Request
            layer.Shape
            (copy layer.Weights)
            (copy layer.Steps)
            (copy layer.ZeroPoints)
            (copy layer.Bias)

    Assert.Equal(Ok layer, remade)

[<Fact>]
let ``parts that do not fit each other are refused`` () =
    let request =
        {
            Type = WeightType.Int4
            Granularity = WeightGranularity.PerGroup 2
            Steps = StepFormat.Float32
            Rule = StepRule.Largest
        }

    let shape = WeightShape.create WeightLayout.OI 1 [ 2; 3 ] |> need
    let good = ImmutableArray.CreateRange [ 1y; 7y; -7y; 0y; 0y; 0y ]
    let steps = ImmutableArray.CreateRange [ 1.0; 0.5; 2.0; 1.0 ]
    let none = ImmutableArray<float>.Empty

    let remake request weights steps bias =
        WeightOnly.ofParts request shape weights steps ImmutableArray.Empty bias

    let refused expected (result: Result<WeightOnlyLayer, Refusal>) =
        match result with
        | Ok _ -> failwith "it was not refused"
        | Error refusal -> Assert.Contains((expected: string), refusal.Message)

    Assert.True(Result.isOk (remake request good steps none))
    remake request (good.Add 1y) steps none |> refused "7 weights"
    remake request (good.SetItem(0, 8y)) steps none |> refused "-7 .. 7"
    remake request (good.SetItem(0, -8y)) steps none |> refused "-7 .. 7"
    remake request good (steps.RemoveAt 0) none |> refused "3 steps where 4"
    remake request good (steps.SetItem(0, 0.0)) none |> refused "a step"
    remake request good (steps.SetItem(0, 0.1)) none |> refused "a step" // not a float32
    remake request good steps (ImmutableArray.Create 1.0) |> refused "1 values for 2 output channels"

    remake request good steps (ImmutableArray.CreateRange [ 1.0; nan ])
    |> refused "a bias is not finite"

    remake
        { request with
            Granularity = WeightGranularity.PerGroup 0
        }
        good
        steps
        none
    |> refused "group size is 0"

[<Fact>]
let ``numbers that are not finite, biases of another count and groups below 1 are refused by place`` () =
    let ask granularity (weights: float32 array) (bias: float32 array) =
        let view =
            WeightView.create WeightLayout.OI 1 [ 2; 2 ] (ReadOnlyMemory weights) |> need

        let request =
            {
                Type = WeightType.Int8
                Granularity = granularity
                Steps = StepFormat.Float32
                Rule = StepRule.Largest
            }

        WeightOnly.plan request view (ReadOnlyMemory bias) |> Result.map ignore

    let finite = [| 1.0f; 2.0f; 3.0f; 4.0f |]
    let perChannel = WeightGranularity.PerChannel
    Assert.Equal(Error(Refusal.WeightNotFinite(3, "NaN")), ask perChannel [| 1.0f; 2.0f; 3.0f; nanf |] [||])
    Assert.Equal(Error(Refusal.BiasNotFinite(1, "Infinity")), ask perChannel finite [| 1.0f; infinityf |])
    Assert.Equal(Error(Refusal.BiasLength(1, 2)), ask perChannel finite [| 1.0f |])

    for size in [ 0; -1; Int32.MinValue ] do
        Assert.Equal(Error(Refusal.GroupSizeBelowOne size), ask (WeightGranularity.PerGroup size) finite [||])
