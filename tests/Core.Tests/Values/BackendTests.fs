module QuantFunctional.Tests.BackendTests

open Xunit
open QuantFunctional
open QuantFunctional.FSharp

let private all = List.ofSeq BackendProfile.precisions

let private tfliteProfiles =
    [
        BackendProfile.tflite
        BackendProfile.tfliteInt32Accumulator
        BackendProfile.tfliteSingleRounding
        BackendProfile.tfliteSingleRoundingInt32Accumulator
    ]

[<Fact>]
let ``each profile runs the paths and precisions of the table`` () =
    let paths (profile: BackendProfile) = List.ofSeq profile.Paths
    let precisions (profile: BackendProfile) = List.ofSeq profile.Precisions

    Assert.Equal(7, all.Length)
    Assert.Equal<ActivationPath list>([ ActivationPath.Int8; ActivationPath.Int15 ], paths BackendProfile.reference)
    Assert.Equal<Precision list>(all, precisions BackendProfile.reference)

    for profile in tfliteProfiles do
        Assert.Equal<ActivationPath list>([ ActivationPath.Int8; ActivationPath.Int16 ], paths profile)
        Assert.Equal<Precision list>(all |> List.filter _.IsTflite, precisions profile)
        Assert.False profile.MixedIntrinsicShift

    Assert.Equal<ActivationPath list>([ ActivationPath.Int8 ], paths BackendProfile.onnxRuntime)

    Assert.Equal<Precision list>(
        [ Precision.SimaInt8; Precision.TfliteInt8; Precision.RestrictedTfliteInt8 ],
        precisions BackendProfile.onnxRuntime
    )

[<Fact>]
let ``each profile runs the shifts of the table`` () =
    let shifts path (profile: BackendProfile) =
        let unit = profile.ShiftRange(path, Precision.SimaInt8)
        let normalised = profile.ShiftRange(path, Precision.TfliteInt8)
        unit.Lowest, unit.Highest, normalised.Lowest, normalised.Highest

    for path in [ ActivationPath.Int8; ActivationPath.Int15 ] do
        Assert.Equal((0, 31, 0, 62), shifts path BackendProfile.reference)

    for profile in tfliteProfiles do
        Assert.Equal((0, 31, 31, 62), shifts ActivationPath.Int8 profile)

    // the 64-bit rule: exponents 7 to −31 of a multiplier in units of 2^−31
    for profile in [ BackendProfile.tflite; BackendProfile.tfliteSingleRounding ] do
        Assert.Equal((0, 31, 31 - 7, 31 + 31), shifts ActivationPath.Int16 profile)

    for profile in
        [
            BackendProfile.tfliteInt32Accumulator
            BackendProfile.tfliteSingleRoundingInt32Accumulator
        ] do
        Assert.Equal((0, 31, 31, 62), shifts ActivationPath.Int16 profile)

[<Fact>]
let ``each path's accumulator has its bits and its rounding`` () =
    let found path (profile: BackendProfile) =
        let accumulator = profile.AccumulatorOf path
        accumulator.Bits, accumulator.Rounding

    let once, twice =
        RequantizationRounding.OnceTiesUp, RequantizationRounding.TwiceGemmlowp

    let reduced = RequantizationRounding.OnceTiesUpReduced16

    for profile, int8, int16 in
        [
            BackendProfile.tflite, (32, twice), (48, reduced)
            BackendProfile.tfliteInt32Accumulator, (32, twice), (32, twice)
            BackendProfile.tfliteSingleRounding, (32, once), (48, reduced)
            BackendProfile.tfliteSingleRoundingInt32Accumulator, (32, once), (32, once)
        ] do
        Assert.Equal(int8, found ActivationPath.Int8 profile)
        Assert.Equal(int16, found ActivationPath.Int16 profile)

    Assert.Equal((32, once), found ActivationPath.Int15 BackendProfile.reference)

    Assert.Equal((32, RequantizationRounding.SingleTiesToEven), found ActivationPath.Int8 BackendProfile.onnxRuntime)

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
    for precision in all do
        let inBias = not precision.HasMultiplier

        for profile in BackendProfile.reference :: tfliteProfiles do
            Assert.Equal(inBias, profile.ZeroPointInBias precision)

        Assert.False(BackendProfile.onnxRuntime.ZeroPointInBias precision)

[<Fact>]
let ``ReLU saturates where arithmetic is folded, and always in ONNX Runtime`` () =
    for precision in all do
        for profile in BackendProfile.reference :: tfliteProfiles do
            Assert.Equal(precision.IsArithFolded, profile.SaturatesRelu precision)

        Assert.True(BackendProfile.onnxRuntime.SaturatesRelu precision)

[<Fact>]
let ``ONNX Runtime means every processor, and each of them has a profile of its own`` () =
    let found (profile: BackendProfile) =
        profile.Products, List.ofSeq profile.BetweenLayers

    let fma, plain =
        OperatorArithmetic.OnnxRuntimeX64Fma, OperatorArithmetic.OnnxRuntimeX64

    let arm, wasm =
        OperatorArithmetic.OnnxRuntimeArm64, OperatorArithmetic.OnnxRuntimeWasm

    Assert.Equal(
        (ProductSums.InFullOrPairs16, [ fma; plain; arm; wasm; OperatorArithmetic.Unfused ]),
        found BackendProfile.onnxRuntime
    )

    Assert.Equal((ProductSums.InFull, [ fma ]), found BackendProfile.onnxRuntimeVnni)
    Assert.Equal((ProductSums.Pairs16, [ fma ]), found BackendProfile.onnxRuntimeX64Avx2)
    Assert.Equal((ProductSums.InFull, [ plain ]), found BackendProfile.onnxRuntimeX64Sse)
    Assert.Equal((ProductSums.InFull, [ arm ]), found BackendProfile.onnxRuntimeArm64)
    Assert.Equal((ProductSums.InFull, [ wasm ]), found BackendProfile.onnxRuntimeWasm)

    for profile in tfliteProfiles do
        Assert.Equal((ProductSums.InFull, [ OperatorArithmetic.Tflite ]), found profile)

[<Fact>]
let ``a profile is found by its name, and no two have the same`` () =
    for profile in BackendProfile.named do
        Assert.Equal(Some profile, BackendProfile.tryFind profile.Name)

    Assert.Equal(11, BackendProfile.named |> List.distinctBy _.Name |> List.length)
    Assert.Equal(None, BackendProfile.tryFind "abacus")
