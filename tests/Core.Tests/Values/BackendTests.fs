module QuantFunctional.Tests.BackendTests

open Xunit
open QuantFunctional
open QuantFunctional.FSharp

let private eightBits =
    [ Precision.SimaInt8; Precision.TfliteInt8; Precision.RestrictedTfliteInt8 ]

let private runs (profile: BackendProfile) =
    eightBits |> List.filter profile.Precisions.Contains

[<Fact>]
let ``each profile runs the precisions of the table`` () =
    Assert.Equal<Precision list>(eightBits, runs BackendProfile.reference)
    Assert.Equal<Precision list>(List.tail eightBits, runs BackendProfile.tflite)
    Assert.Equal<Precision list>(eightBits, runs BackendProfile.onnxRuntime)
    Assert.DoesNotContain(Precision.SimaInt16, BackendProfile.onnxRuntime.Precisions)
    Assert.DoesNotContain(Precision.SimaInt16, BackendProfile.tflite.Precisions)
    Assert.Contains(Precision.RestrictedTfliteInt16, BackendProfile.tflite.Precisions)

[<Fact>]
let ``each profile runs the shifts of the table`` () =
    let shifts (profile: BackendProfile) =
        let unit = profile.ShiftRange(ActivationPath.Int8, Precision.SimaInt8)
        let normalised = profile.ShiftRange(ActivationPath.Int8, Precision.TfliteInt8)
        unit.Lowest, unit.Highest, normalised.Lowest, normalised.Highest

    Assert.Equal((0, 31, 0, 62), shifts BackendProfile.reference)
    Assert.Equal((0, 31, 31, 62), shifts BackendProfile.tflite)

[<Fact>]
let ``ONNX Runtime runs every factor that is a normal float32, and no other`` () =
    let range = BackendProfile.onnxRuntime.Accumulator.MultiplierShift
    let largest, smallest = (1 <<< 24) - 1, 1 <<< 23
    Assert.Equal(Numbers.largestSingle, Numbers.scalePow2 -range.Lowest (float largest))
    Assert.Equal(Numbers.smallestNormalSingle, Numbers.scalePow2 -range.Highest (float smallest))
    let unit = BackendProfile.onnxRuntime.Accumulator.UnitShift
    Assert.Equal(Numbers.smallestNormalSingle, Numbers.scalePow2 -unit.Highest 1.0)
    Assert.True(Numbers.scalePow2 -unit.Lowest 1.0 <= Numbers.largestSingle)
    Assert.True(Numbers.scalePow2 (1 - unit.Lowest) 1.0 > Numbers.largestSingle)

[<Fact>]
let ``the zero point travels in the bias without a multiplier, and never in ONNX Runtime`` () =
    for precision in eightBits do
        let inBias = not precision.HasMultiplier
        Assert.Equal(inBias, BackendProfile.reference.ZeroPointInBias precision)
        Assert.Equal(inBias, BackendProfile.tflite.ZeroPointInBias precision)
        Assert.False(BackendProfile.onnxRuntime.ZeroPointInBias precision)

[<Fact>]
let ``ReLU saturates where arithmetic is folded, and always in ONNX Runtime`` () =
    for precision in eightBits do
        Assert.Equal(precision.IsArithFolded, BackendProfile.reference.SaturatesRelu precision)
        Assert.True(BackendProfile.onnxRuntime.SaturatesRelu precision)

[<Fact>]
let ``a profile is found by its name`` () =
    for profile in BackendProfile.named do
        Assert.Equal(Some profile, BackendProfile.tryFind profile.Name)

    Assert.Equal(None, BackendProfile.tryFind "abacus")
