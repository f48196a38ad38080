module QuantFunctional.Tests.RequantizeTests

open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// The outputs of accumulators under the factor 2^−shift, without a zero point.
let private outputs (profile: BackendProfile) (path: ActivationPath) (shift: int) (accumulators: int64 list) =
    let planned =
        PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f |] |])

    let layer =
        { planned.Integers with
            Profile = profile
            Path = path
            Multiplier = Channelwise.perTensor 1
            Shift = Channelwise.perTensor shift
            OutputOffset = 0
            OutputRange = Interval.ofBits 8
        }

    accumulators |> List.map (Requantize.output layer (Requantize.ofChannel layer 0))

let private halves = [ -5L; -3L; -1L; 1L; 3L; 5L ]

[<Fact>]
let ``P07 each target rounds its ties as SPEC section 1 says`` () =
    let up = [ -2L; -1L; 0L; 1L; 2L; 3L ]
    let even = [ -2L; -2L; 0L; 0L; 2L; 2L ]
    let away = [ -3L; -2L; -1L; 1L; 2L; 3L ]
    let int8, int16 = ActivationPath.Int8, ActivationPath.Int16
    Assert.Equal<int64 list>(up, outputs BackendProfile.reference int8 1 halves)
    Assert.Equal<int64 list>(up, outputs BackendProfile.tfliteSingleRounding int8 1 halves)
    Assert.Equal<int64 list>(up, outputs BackendProfile.tflite int16 1 halves)
    Assert.Equal<int64 list>(even, outputs BackendProfile.onnxRuntime int8 1 halves)
    // gemmlowp's doubled product takes the first halving, the rounding shift all further ones
    Assert.Equal<int64 list>(up, outputs BackendProfile.tflite int8 1 halves)
    Assert.Equal<int64 list>(away, outputs BackendProfile.tflite int8 2 (List.map ((*) 2L) halves))
