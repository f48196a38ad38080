module QuantFunctional.Tests.PipelineTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P12 permuting output channels permutes the plan, whether they may differ in intrinsic shift or not``
    (case: LayerCase)
    (seed: int)
    =
    SymmetryProperties.permutes case seed

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P12 scaling weights by 2^k and the input by 2^-k leaves all integers unchanged`` (case: LayerCase) (n: sbyte) =
    SymmetryProperties.scaling case n

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P14 channels of one range are planned per tensor as per channel`` (case: LayerCase) =
    SymmetryProperties.perTensor case

[<Property(MaxTest = 1500)>]
let ``P16 whatever the numbers, there is a plan or a typed refusal`` () =
    Prop.forAll (Arb.fromGenShrink (WildGen.case, LayerShrink.smaller)) SymmetryProperties.answered

[<Fact>]
let ``P16 a one-element tensor, a constant output and nothing but zeros are planned by every profile`` () =
    for profile in BackendProfile.named do
        for precision in profile.Precisions do
            for input in RequestGen.inputs profile do
                for weight in [ 0.0f; 1.0f; -3e-5f; Single.Epsilon ] do
                    for low, high in [ 0.0, 0.0; 2.5, 2.5; -2.5, -2.5; 0.0, 1e-30; -1e-30, 1e-30 ] do
                        { PlainCase.ofWeights profile precision [| [| weight |] |] with
                            InputType = input
                            InputStep = 0.01
                            InputZeroPoint = if RequestGen.isWhole profile input then 0 else -7
                            Low = low
                            High = high
                        }
                        |> PlainCase.plan
                        |> ignore
