module QuantFunctional.Tests.LayerTests

open System
open Xunit
open QuantFunctional
open QuantFunctional.FSharp

[<Theory>]
[<InlineData(1.0, 0.0)>]
[<InlineData(Double.NaN, 0.0)>]
[<InlineData(0.0, Double.NaN)>]
[<InlineData(Double.NegativeInfinity, 0.0)>]
[<InlineData(0.0, Double.PositiveInfinity)>]
let ``a range that is not two finite numbers in order is refused`` (low: float, high: float) =
    for make in [ ObservedDistribution.ofRange; ObservedDistribution.ofObservation ] do
        match make low high with
        | Error(Refusal.RangeNotOrdered _) -> ()
        | other -> failwith $"{other}"

[<Fact>]
let ``a stated range is taken as it is, an observed one is rounded outward`` () =
    let ends (source: Result<ObservedDistribution, Refusal>) =
        source |> Result.map (fun d -> d.Low, d.High)

    Assert.Equal(Ok(-0.1, 0.1), ends (ObservedDistribution.ofRange -0.1 0.1))
    let outward = float (ceil (0.1 * 32768.0)) / 32768.0 // 0.1 has the exponent −4, so its 12th bit is 2^−15
    Assert.Equal(Ok(-outward, outward), ends (ObservedDistribution.ofObservation -0.1 0.1))

[<Fact>]
let ``there is one bias for each channel, or none`` () =
    let create count =
        match
            WeightView.create WeightLayout.OI 1 [ 2; 3 ] (ReadOnlyMemory(Array.zeroCreate<float32> 6)),
            Encoding.ofStep 1.0 0 ScalarType.Int8,
            ObservedDistribution.ofRange 0.0 1.0
        with
        | Ok weights, Ok input, Ok output ->
            Layer.create
                weights
                (Geometry.plain 0)
                (ReadOnlyMemory(Array.zeroCreate<float32> count))
                input
                output
                Activation.Linear
            |> Result.map ignore
        | other -> failwith $"{other}"

    Assert.Equal(Ok(), create 0)
    Assert.Equal(Ok(), create 2)
    Assert.Equal(Error(Refusal.BiasLength(1, 2)), create 1)
    Assert.Equal(Error(Refusal.BiasLength(3, 2)), create 3)
