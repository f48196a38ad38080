module QuantFunctional.Tests.WeightErrorTests

open System
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.WeightOnlyCases

let private relative (expected: float) (found: float) =
    abs (expected - found) <= 1e-12 * abs expected

[<Property(Arbitrary = [| typeof<WeightOnlyArbitraries> |], MaxTest = 300)>]
let ``squares are those of the weights that the layer computes with, in any layout`` (c: WeightOnlyCase) =
    for layout in [ WeightLayout.OIHW; WeightLayout.OHWI; WeightLayout.HWIO; WeightLayout.IOHW ] do
        let shape = shapeOf layout c
        let reals = arranged shape c
        let layer = planAs layout c
        let struct (signal, noise) = WeightError.squares layer (ReadOnlyMemory reals)

        let pairs = Array.zip reals (WeightOnly.fakeQuantized layer)
        Assert.True(relative (pairs |> Array.sumBy (fun (real, _) -> float real * float real)) signal)
        Assert.True(relative (pairs |> Array.sumBy (fun (real, made) -> (float real - float made) ** 2.0)) noise)

[<Fact>]
let ``squares of a layer are what is lost of each weight`` () =
    let case =
        {
            Request = asked (WeightGranularity.PerGroup 2)
            Positions = 1
            Weights = [| [| 7.0f; 2.25f; 14.0f; 1.0f |] |]
            Bias = [||]
        }

    // steps 1 and 2: 2.25 becomes 2, and 1, halfway between 0 and 2, becomes 0
    Assert.Equal(
        struct (7.0 * 7.0 + 2.25 * 2.25 + 14.0 * 14.0 + 1.0, 0.25 * 0.25 + 1.0),
        WeightError.squares (plan case) (ReadOnlyMemory case.Weights[0])
    )
