module QuantFunctional.Tests.LayerTests

open System
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

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

let private observed = ObservedDistribution.ofRange -1.0 3.0 |> LayerCase.need

[<Fact>]
let ``a distribution carries its means and its histogram, over its own range`` () =
    Assert.True observed.Means.IsEmpty
    Assert.Null observed.Histogram

    let whole =
        observed
        |> ObservedDistribution.withMeans [ 0.5; -0.25 ]
        |> Result.bind (ObservedDistribution.withHistogram [ 3L; 0L; 7L ])
        |> LayerCase.need

    Assert.Equal<float>([ 0.5; -0.25 ], whole.Means)
    Assert.Equal((-1.0, 3.0), (whole.Low, whole.High))

    match whole.Histogram with
    | null -> failwith "no histogram"
    | histogram ->
        Assert.Equal((-1.0, 3.0), (histogram.Low, histogram.High))
        Assert.Equal<int64>([ 3L; 0L; 7L ], histogram.Counts)

[<Fact>]
let ``means that are not finite and counts that are none are refused`` () =
    let what (source: Result<ObservedDistribution, Refusal>) =
        match source with
        | Error(Refusal.DistributionNotFit what) -> what
        | other -> failwith $"{other}"

    Assert.Contains("channel 1", what (ObservedDistribution.withMeans [ 0.0; nan ] observed))
    Assert.Contains("at least one interval", what (ObservedDistribution.withHistogram [] observed))
    Assert.Contains("below 0", what (ObservedDistribution.withHistogram [ 1L; -1L ] observed))

[<Fact>]
let ``there is one mean for each channel, or none`` () =
    let create means =
        let output = ObservedDistribution.withMeans means observed |> LayerCase.need

        Layer.create
            (WeightView.create WeightLayout.OI 1 [ 2; 1 ] (ReadOnlyMemory [| 1.0f; 2.0f |]) |> LayerCase.need)
            (Geometry.plain 0)
            ReadOnlyMemory.Empty
            (Encoding.ofStep 1.0 0 ScalarType.Int8 |> LayerCase.need)
            output
            Activation.Linear
        |> Result.map ignore

    Assert.Equal(Ok(), create [])
    Assert.Equal(Ok(), create [ 0.5; 1.0 ])

    match create [ 0.5 ] with
    | Error(Refusal.DistributionNotFit what) -> Assert.Contains("1 means for 2", what)
    | other -> failwith $"{other}"

[<Fact>]
let ``the output's range is that after the activation`` () =
    let range low high relu =
        let case =
            { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f |] |] with
                Low = low
                High = high
                Relu = relu
            }

        let layer = LayerCase.layer case
        layer.OutputLow, layer.OutputHigh

    Assert.Equal((-2.0, 5.0), range -2.0 5.0 false)
    Assert.Equal((0.0, 5.0), range -2.0 5.0 true)
    Assert.Equal((0.0, 0.0), range -3.0 -2.0 true)
    Assert.Equal((1.0, 5.0), range 1.0 5.0 true)

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
