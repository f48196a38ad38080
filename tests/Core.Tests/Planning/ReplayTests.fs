module QuantFunctional.Tests.ReplayTests

open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P10 a plan replayed from its last parameters is the same at the first attempt`` (case: LayerCase) =
    SearchProperties.replay case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P10 the same layer gives the same plan and the same trace`` (case: LayerCase) = SearchProperties.repeats case

let private plain =
    { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt8 [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |] with
        Low = -100.0
        High = 100.0
    }

let private replay case parameters =
    Pipeline.planFrom parameters (LayerCase.request case) (LayerCase.layer case)
    |> Result.map ignore
    |> Result.mapError _.Refusal

let private isOfAnother case parameters =
    match replay case parameters with
    | Error(Refusal.ParametersOfAnotherLayer what) -> what
    | other -> failwith $"{other}"

let private start =
    BacktrackingParameters.initial Precision.SimaInt8 null (Channelwise.perChannel [ 0; 0 ])

[<Fact>]
let ``parameters of another shape, or of other bits than 0 to 8, are refused`` () =
    for bits in
        [
            Channelwise.perChannel [ 0; 9 ]
            Channelwise.perChannel [ -1; 0 ]
            Channelwise.perChannel [ 0; 0; 0 ]
            Channelwise.perTensor 0
        ] do
        isOfAnother plain { start with BitsGivenUp = bits } |> ignore

    isOfAnother
        plain
        { start with
            IntrinsicShiftRaised = Channelwise.perTensor false
        }
    |> ignore

    Assert.Equal(
        Ok(),
        replay
            plain
            { start with
                BitsGivenUp = Channelwise.perChannel [ 8; 1 ]
            }
    )

[<Fact>]
let ``parameters of a precision that was not asked for are refused, those of the fallback are not`` () =
    let fallen =
        { start with
            Precision = Precision.TfliteInt8
        }

    Assert.Contains("tflite-int8", isOfAnother plain fallen)
    Assert.Equal(Ok(), replay (PlainCase.asked PrecisionRequest.SimaInt8OrTflite plain) fallen)

[<Fact>]
let ``a raised intrinsic shift is refused but on the int15 path`` () =
    let raised =
        { start with
            IntrinsicShiftRaised = Channelwise.perChannel [ false; true ]
        }

    Assert.Contains("intrinsic shift", isOfAnother plain raised)
    Assert.Equal(Ok(), replay (PlainCase.wide plain) raised)

    let whole =
        plain
        |> PlainCase.on BackendProfile.tflite
        |> PlainCase.asked (PrecisionRequest.Exactly Precision.TfliteInt8)
        |> PlainCase.wide

    Assert.Contains(
        "intrinsic shift",
        isOfAnother
            whole
            { raised with
                Precision = Precision.TfliteInt8
            }
    )
