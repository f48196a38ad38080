module QuantFunctional.Tests.RefusalTests

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

let private planned case =
    LayerCase.plan case |> Result.map ignore |> Result.mapError _.Refusal

let private withAccumulator bits lowest highest =
    { BackendProfile.reference with
        Name = "drawn"
        Accumulator =
            { BackendProfile.reference.Accumulator with
                Bits = bits
                UnitShift = { Lowest = lowest; Highest = highest }
            }
    }

/// A stage that no checked profile leads to: whatever the shift, it is above the highest.
let private shiftStage () =
    let impossible = withAccumulator 32 9 3
    let case = PlainCase.on impossible plain
    let stage = Attempts.stage case (Attempts.start case)
    let ones = Channelwise.perChannel [ 1.0; 1.0 ]
    let requantization = Channelwise.replicate ones (Requantization.ofPow2 -9)
    let input = stage.Layer.Input

    let plan =
        Plan.create input ones input requantization (Channelwise.replicate ones 0)

    match Adjustments.shiftRange stage (Weights.quantize 8 ones stage.Layer.Weights) plan with
    | Step.Refuse refusal -> Error refusal
    | Step.Done _
    | Step.Retry _ -> Ok()

let private forever () =
    let again parameters : Step<unit> =
        Step.Retry(
            parameters,
            {
                Cause = RetryCause.Relu
                Overflows = ImmutableArray.Empty
                Remedy = Remedy.FallBack
            }
        )

    Backtracking.run 2 "no end" again (Attempts.start plain)
    |> Result.map ignore
    |> Result.mapError _.Refusal

/// Every refusal that there is, each met from outside: bad input of each kind, and what the numbers alone lead to.
let private met: (string * (unit -> Result<unit, Refusal>)) list =
    [
        for name, plant in Faults.all do
            name, (fun () -> plant plain 0)

        "ShiftAboveRange", shiftStage
        "ProductOverflow",
        (fun () ->
            planned
                { PlainCase.on (withAccumulator 12 5 12) plain with
                    Weights = [| [| 1.0f; -1.0f |] |]
                    InputZeroPoint = 0
                    Low = -16.14
                    High = 16.14
                })
        "BiasOverflow", (fun () -> planned { plain with Bias = [| 1e30f; 0.0f |] })
        "OutputOverflow",
        (fun () ->
            planned
                { PlainCase.on
                      BackendProfile.tflite
                      (PlainCase.asked (PrecisionRequest.Exactly Precision.TfliteInt16) plain) with
                    InputType = ScalarType.Int16
                    InputZeroPoint = 0
                    Bias = [| 1e10f; 0.0f |]
                })
        "PairOverflow",
        (fun () ->
            let inFull =
                { PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 127.0f; 127.0f |] |] with
                    Low = -142.0
                    High = 140.0
                }

            // the shift that it has without pairs is the lowest that the target runs
            let lowest = (PlainCase.plan inFull).Integers.Shift[0]

            let inPairs =
                { BackendProfile.reference with
                    Products = ProductSums.Pairs16
                    Accumulator =
                        { BackendProfile.reference.Accumulator with
                            MultiplierShift = { Lowest = lowest; Highest = 62 }
                        }
                }

            planned (PlainCase.on inPairs inFull))
        "JoinDisagrees",
        (fun () ->
            let join: JoinCase =
                {
                    Operator = JoinOperator.Add
                    First = 3e37f
                    Second = 3e37f
                    Output = 1e-30f
                    ZeroPoints = 3uy, 128uy, 7uy
                    IsSigned = false
                    Runs = [ JoinRuns.Alike ]
                }

            JoinSteps.smallest
                BackendProfile.onnxRuntime.BetweenLayers
                (System.Func<_, _>(fun raise -> Seq.singleton (JoinCase.join raise join)))
            |> Result.map ignore)
        "AttemptLimit", forever
    ]

[<Fact>]
let ``every refusal is met, and says so in a sentence`` () =
    let cases = FSharpType.GetUnionCases typeof<Refusal> |> Array.map _.Name
    let names = List.map fst met
    Assert.Empty(Seq.except names cases)
    Assert.Empty(Seq.except cases names)

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
