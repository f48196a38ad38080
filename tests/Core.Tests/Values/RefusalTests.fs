module QuantFunctional.Tests.RefusalTests

open System
open System.Collections.Immutable
open Microsoft.FSharp.Reflection
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private plain =
    { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt8 [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |] with
        InputStep = 0.5
        InputZeroPoint = 3
        Low = -100.0
        High = 100.0
    }

let private exactly = PrecisionRequest.Exactly

let private planned case =
    LayerCase.plan case |> Result.map ignore |> Result.mapError _.Refusal

let private quiet (source: Result<'T, Refusal>) = Result.map ignore source

let private replayed parameters =
    Pipeline.planFrom parameters plain.Request (LayerCase.layer plain)
    |> Result.map ignore
    |> Result.mapError _.Refusal

let private parameters shape =
    BacktrackingParameters.initial Precision.SimaInt8 null shape

let private withAccumulator change =
    { BackendProfile.reference with
        Name = "drawn"
        Accumulator = change BackendProfile.reference.Accumulator
    }

/// A target of few bits, of which a user might have drawn up a profile.
let private narrow =
    withAccumulator (fun accumulator ->
        { accumulator with
            Bits = 12
            UnitShift = { Lowest = 5; Highest = 12 }
        })

/// A target whose range of shifts is empty.
let private impossible =
    withAccumulator (fun accumulator ->
        { accumulator with
            UnitShift = { Lowest = 9; Highest = 3 }
        })

let private withBias bias (geometry: Geometry) =
    let layer = LayerCase.layer plain

    Layer.create layer.Weights geometry (ReadOnlyMemory bias) layer.Input layer.Output layer.Activation
    |> quiet

/// A stage that no checked profile leads to: whatever the shift, it is above the highest.
let private shiftStage () =
    let layer = LayerCase.layer plain
    let ones = Channelwise.perChannel [ 1.0; 1.0 ]

    let stage =
        {
            Request =
                { plain.Request with
                    Profile = impossible
                }
            Path = ActivationPath.Int8
            Layer = layer
            Parameters = parameters ones
        }

    let requantization = Channelwise.replicate ones (Requantization.ofPow2 -9)

    let plan =
        Plan.create layer.Input ones layer.Input requantization (Channelwise.replicate ones 0)

    Adjustments.shiftRange stage (Weights.quantize 8 ones layer.Weights) plan

let private refusedBy (step: Step<'T>) =
    match step with
    | Step.Refuse refusal -> Error refusal
    | Step.Done _
    | Step.Retry _ -> Ok()

/// Every refusal that there is, each met from outside.
let private met: (string * (unit -> Result<unit, Refusal>)) list =
    [
        "NotANonNegativeNumber", (fun () -> PowerOfTwo.decompose ExponentRounding.Trunc -1.0 |> quiet)
        "NotASignedInteger", (fun () -> Encoding.ofStep 1.0 0 ScalarType.UInt8 |> quiet)
        "ScaleOutOfRange", (fun () -> planned { plain with High = 1e300 })
        "RequantizationNotConsistent", (fun () -> Requantization.ofParts 0.5 3 1 |> quiet)
        "ZeroPointOutOfRange", (fun () -> Encoding.ofStep 1.0 200 ScalarType.Int8 |> quiet)
        "RangeNotOrdered", (fun () -> ObservedDistribution.ofRange 1.0 0.0 |> quiet)
        "DistributionNotFit",
        (fun () ->
            ObservedDistribution.ofRange 0.0 1.0
            |> Result.bind (ObservedDistribution.withMeans [ nan ])
            |> quiet)
        "WeightShape", (fun () -> WeightShape.create WeightLayout.OI 1 [ 2; 2; 2 ] |> quiet)
        "WeightCount", (fun () -> WeightView.create WeightLayout.OI 1 [ 2; 2 ] (ReadOnlyMemory [| 1.0f |]) |> quiet)
        "GeometryNotFit", (fun () -> withBias [||] (Geometry.plain 1))
        "BiasLength", (fun () -> withBias [| 1.0f |] (Geometry.plain 0))
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
        "BiasCorrectionNotFit",
        (fun () ->
            planned
                { plain with
                    Correction = Correction.MeanInput [| 1.0 |]
                })
        "ProfileNotValid", (fun () -> planned (PlainCase.on impossible plain))
        "PrecisionNotRun", (fun () -> planned (PlainCase.on BackendProfile.tflite plain))
        "PathNotRun", (fun () -> planned (PlainCase.wide (PlainCase.on BackendProfile.onnxRuntime plain)))
        "InputTypeNotRun",
        (fun () ->
            planned
                { plain with
                    InputType = ScalarType.Int4
                })
        "InputZeroPointNotRun",
        (fun () ->
            plain
            |> PlainCase.on BackendProfile.tflite
            |> PlainCase.asked (exactly Precision.TfliteInt8)
            |> PlainCase.wide
            |> planned)
        "ReluOn32Bits",
        (fun () -> planned (PlainCase.asked (exactly Precision.SimaInt32) { plain with Relu = true; Low = 0.0 }))
        "ShiftAboveRange", shiftStage >> refusedBy
        "ProductOverflow",
        (fun () ->
            planned
                { PlainCase.on narrow plain with
                    Weights = [| [| 1.0f; -1.0f |] |]
                    InputZeroPoint = 0
                    Low = -16.14
                    High = 16.14
                })
        "BiasOverflow", (fun () -> planned { plain with Bias = [| 1e30f; 0.0f |] })
        "ReluNotRunnable",
        (fun () ->
            planned
                { plain with
                    Relu = true
                    Request =
                        { plain.Request with
                            Asymmetric = false
                        }
                })
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
let ``a fallback that the profile does not run is refused when it is taken`` () =
    let simaOnly =
        { BackendProfile.reference with
            Name = "sima"
            Precisions = ImmutableArray.Create Precision.SimaInt8
        }

    let case =
        plain |> PlainCase.asked PrecisionRequest.SimaInt8OrTflite |> PlainCase.on simaOnly

    let symmetric =
        { case with
            Relu = true
            Request = { case.Request with Asymmetric = false }
        }

    Assert.Equal(Ok(), planned case)
    Assert.Equal(Error(Refusal.PrecisionNotRun("sima", Precision.TfliteInt8)), planned symmetric)

[<Fact>]
let ``a warning lists eight channels and counts the rest`` () =
    let message (channels: int seq) =
        (Warning.DeadChannels(ImmutableArray.CreateRange channels)).Message

    Assert.StartsWith("channel 4: ", message [ 4 ])
    Assert.StartsWith("channels 0, 1, 2, 3, 4, 5, 6, 7: ", message [ 0..7 ])
    Assert.StartsWith("channels 0, 1, 2, 3, 4, 5, 6, 7 and 3 more: ", message [ 0..10 ])

[<Fact>]
let ``a warning of lost or gained bits says how many`` () =
    Assert.Contains("3 bits", (Warning.OutputScaleReduced 3).Message)
    Assert.Contains("5 more bits", (Warning.OutputWidened 5).Message)
    Assert.StartsWith("channel 7: ", (Warning.ConstantOutput(ImmutableArray.Create 7)).Message)
