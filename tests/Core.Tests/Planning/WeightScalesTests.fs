module QuantFunctional.Tests.WeightScalesTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P02 the largest weight becomes m and none clamps by more than rounding`` (case: LayerCase) =
    ScaleProperties.weightScale case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P02 a planned layer uses m unless it folded or gave up bits`` (case: LayerCase) = ScaleProperties.weightsUsed case

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``P02 one scale for the tensor is the smallest of the channels'`` (case: LayerCase) =
    ScaleProperties.tensorScale case

[<Theory>]
[<InlineData(Single.NaN, "NaN")>]
[<InlineData(Single.PositiveInfinity, "Infinity")>]
[<InlineData(Single.NegativeInfinity, "-Infinity")>]
let ``a weight that is not finite is refused by its index, in both directions of memory``
    (bad: float32, found: string)
    =
    for layout in [ WeightLayout.OI; WeightLayout.IO ] do
        for index in 0..5 do
            let data =
                Array.init 6 (fun i -> if i >= index && i % 2 = index % 2 then bad else 1.0f)

            match WeightView.create layout 1 [ 2; 3 ] (ReadOnlyMemory data) with
            | Error refusal -> failwith refusal.Message
            | Ok view ->
                for perChannel in [ true; false ] do
                    let refused: Result<Channelwise<float>, Refusal> =
                        Error(Refusal.WeightNotFinite(index, found))

                    Assert.Equal(refused, WeightScales.select StepFormat.Float64 8 perChannel view)

[<Fact>]
let ``m is the largest integer of its bits, and giving up all bits leaves no weight`` () =
    Assert.Equal<int list>([ 127; 7; 32767 ], List.map WeightScales.largestInteger [ 8; 4; 16 ])
    Assert.Equal(12.5, WeightScales.giveUp 3 100.0)
    Assert.Equal(0.0, WeightScales.giveUp 8 100.0)
