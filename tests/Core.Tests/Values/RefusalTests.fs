module QuantFunctional.Tests.RefusalTests

open System
open System.Collections.Immutable
open Microsoft.FSharp.Reflection
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private plain =
    {
        Request =
            {
                Profile = BackendProfile.reference
                Precision = PrecisionRequest.Exactly Precision.SimaInt8
                PerChannel = true
                Asymmetric = true
                BiasCorrection = BiasCorrection.Off
            }
        Relu = false
        Weights = [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |]
        Bias = [||]
        InputStep = 0.5
        InputZeroPoint = 3
        Low = -100.0
        High = 100.0
    }

let private asked precision =
    { plain with
        Request =
            { plain.Request with
                Precision = precision
            }
    }

let private on profile =
    { plain with
        Request = { plain.Request with Profile = profile }
    }

let private exactly = PrecisionRequest.Exactly

let private planned case =
    LayerCase.plan case |> Result.map ignore |> Result.mapError _.Refusal

let private quiet (source: Result<'T, Refusal>) = Result.map ignore source

let private withInput (input: Result<Encoding, Refusal>) =
    let layer = LayerCase.layer plain

    input
    |> Result.bind (fun input -> Layer.create layer.Weights layer.Bias input layer.Output layer.Activation)
    |> Result.bind (fun layer -> Pipeline.plan plain.Request layer |> Result.map ignore |> Result.mapError _.Refusal)

let private replayed parameters =
    Pipeline.planFrom parameters plain.Request (LayerCase.layer plain)
    |> Result.map ignore
    |> Result.mapError _.Refusal

let private parameters shape =
    BacktrackingParameters.initial Precision.SimaInt8 null shape

/// A target of few bits, of which a user might have drawn up a profile.
let private narrow =
    { BackendProfile.reference with
        Name = "narrow"
        AccumulatorBits = 12
        UnitShift = { Lowest = 5; Highest = 12 }
    }

/// A target whose range of shifts is empty.
let private impossible =
    { BackendProfile.reference with
        Name = "impossible"
        UnitShift = { Lowest = 9; Highest = 3 }
    }

/// Every refusal that there is, each met from outside.
let private met: (string * (unit -> Result<unit, Refusal>)) list =
    [
        "NotANonNegativeNumber", (fun () -> PowerOfTwo.decompose ExponentRounding.Trunc -1.0 |> quiet)
        "NotASignedInteger", (fun () -> Encoding.ofStep 1.0 0 ScalarType.UInt8 |> quiet)
        "ScaleOutOfRange", (fun () -> planned { plain with High = 1e300 })
        "ZeroPointOutOfRange", (fun () -> Encoding.ofStep 1.0 200 ScalarType.Int8 |> quiet)
        "RangeNotOrdered", (fun () -> ObservedDistribution.ofRange 1.0 0.0 |> quiet)
        "WeightShape", (fun () -> WeightView.create WeightLayout.OI 1 [ 2; 2 ] (ReadOnlyMemory [| 1.0f |]) |> quiet)
        "BiasLength",
        (fun () ->
            let layer = LayerCase.layer plain
            let bias = ReadOnlyMemory [| 1.0f |]
            Layer.create layer.Weights bias layer.Input layer.Output layer.Activation |> quiet)
        "WeightNotFinite",
        (fun () ->
            planned
                { plain with
                    Weights = [| [| 1.0f; nanf |] |]
                })
        "BiasNotFinite",
        (fun () ->
            planned
                { plain with
                    Bias = [| 1.0f; infinityf |]
                })
        "PrecisionNotRun", (fun () -> planned (on BackendProfile.tflite))
        "PathNotRun",
        (fun () ->
            planned (
                on
                    { BackendProfile.reference with
                        Paths = ImmutableArray.Empty
                    }
            ))
        "NotPlanned", (fun () -> planned (asked (exactly Precision.SimaInt16)))
        "ShiftAboveRange", (fun () -> planned (on impossible))
        "ProductOverflow",
        (fun () ->
            planned
                { on narrow with
                    Weights = [| [| 1.0f; -1.0f |] |]
                    Low = -16.14
                    High = 16.14
                })
        "BiasOverflow", (fun () -> planned { plain with Bias = [| 1e30f; 0.0f |] })
        "ReluNotRunnable", (fun () -> planned { plain with Relu = true })
        "ParametersOfAnotherLayer", (fun () -> replayed (parameters (Channelwise.perChannel [ 1; 2; 3 ])))
        "AttemptLimit",
        (fun () ->
            let again parameters : Step<unit> =
                Step.Retry(
                    parameters,
                    {
                        Cause = RetryCause.Relu
                        Overflows = ImmutableArray.Empty
                        Remedy = Remedy.FallBack
                    }
                )

            Backtracking.run 2 "no end" again (parameters (Channelwise.perTensor 0))
            |> Result.map ignore
            |> Result.mapError _.Refusal)
    ]

[<Fact>]
let ``every refusal is met, and says so in a sentence`` () =
    let cases = FSharpType.GetUnionCases typeof<Refusal> |> Array.map _.Name
    Assert.Equal<string list>(List.ofArray cases |> List.sort, List.map fst met |> List.sort)

    for name, meet in met do
        match meet () with
        | Ok() -> failwith $"{name} was not refused"
        | Error refusal ->
            let found, _ = FSharpValue.GetUnionFields(refusal, typeof<Refusal>)
            Assert.Equal(name, found.Name)
            Assert.True(refusal.Message.Length > 20, refusal.Message)

[<Fact>]
let ``outputs of more than 8 bits and inputs of other types are not planned`` () =
    for precision in
        [
            Precision.SimaInt16
            Precision.TfliteInt16
            Precision.RestrictedTfliteInt16
            Precision.SimaInt32
        ] do
        match planned (asked (exactly precision)) with
        | Error(Refusal.NotPlanned what) -> Assert.Contains(precision.Name, what)
        | other -> failwith $"{other}"

    match planned (asked PrecisionRequest.SimaInt16OrTflite) with
    | Error(Refusal.NotPlanned _) -> ()
    | other -> failwith $"{other}"

    for scalar in [ ScalarType.Int16; ScalarType.Int4; ScalarType.Int32 ] do
        match withInput (Encoding.ofStep 0.5 3 scalar) with
        | Error(Refusal.NotPlanned what) -> Assert.Contains(scalar.Name, what)
        | other -> failwith $"{other}"

[<Fact>]
let ``a fallback that the profile does not run is refused when it is taken`` () =
    let simaOnly =
        { BackendProfile.reference with
            Name = "sima"
            Precisions = ImmutableArray.Create Precision.SimaInt8
        }

    let case = asked PrecisionRequest.SimaInt8OrTflite

    let case =
        { case with
            Request = { case.Request with Profile = simaOnly }
        }

    Assert.Equal(Ok(), planned case)
    Assert.Equal(Error(Refusal.PrecisionNotRun("sima", Precision.TfliteInt8)), planned { case with Relu = true })

[<Fact>]
let ``parameters of another shape, or of other bits than 0 to 8, are refused`` () =
    let two = Channelwise.perChannel [ 0; 0 ]

    for bits in
        [
            Channelwise.perChannel [ 0; 9 ]
            Channelwise.perChannel [ -1; 0 ]
            Channelwise.perTensor 0
        ] do
        match
            replayed
                { parameters two with
                    BitsGivenUp = bits
                }
        with
        | Error(Refusal.ParametersOfAnotherLayer _) -> ()
        | other -> failwith $"{other}"

    Assert.Equal(
        Ok(),
        replayed
            { parameters two with
                BitsGivenUp = Channelwise.perChannel [ 8; 1 ]
            }
    )

[<Fact>]
let ``a warning lists eight channels and counts the rest`` () =
    let message (channels: int seq) =
        (Warning.DeadChannels(ImmutableArray.CreateRange channels)).Message

    Assert.StartsWith("channel 4: ", message [ 4 ])
    Assert.StartsWith("channels 0, 1, 2, 3, 4, 5, 6, 7: ", message [ 0..7 ])
    Assert.StartsWith("channels 0, 1, 2, 3, 4, 5, 6, 7 and 3 more: ", message [ 0..10 ])
