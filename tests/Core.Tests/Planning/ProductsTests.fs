module QuantFunctional.Tests.ProductsTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// The integer weights of a planned layer, as the stages saw them.
let private integers (case: LayerCase) (planned: QuantizedLayer) =
    Weights.quantize 8 planned.Plan.WeightScale (LayerCase.layer case).Weights

[<Property(MaxTest = 1000)>]
let ``P07 the product of zero points is what the integer algorithm of the path gives`` () =
    let cases = Gen.oneof [ LayerGen.case; LayerGen.tight ]

    Prop.forAll (Arb.fromGenShrink (cases, LayerShrink.smaller)) (fun case ->
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers

            let found =
                Products.zeroValue q.Profile q.Path q.Input.ZeroPoint q.IntrinsicShift (integers case planned)

            let zeros = Array.create case.Length q.Input.ZeroPoint

            let expected =
                Array.init case.Channels (fun channel -> snd (Tiny.products q channel zeros))

            (Array.map (fun (x: int64) -> bigint x) found = expected)
            |> Prop.label $"%A{found}, not %A{expected}"
            |> Prop.classify (Seq.contains IntrinsicShift.Hi q.IntrinsicShift.Values) "the larger intrinsic shift"
            |> Prop.classify (q.Path = ActivationPath.Int15 && q.Input.ZeroPoint % 2 <> 0) "an odd zero point")

[<Property(MaxTest = 1000)>]
let ``P08 products reach just as far as the worst inputs take them, and no other input takes them farther``
    (seed: int)
    =
    let cases = Gen.oneof [ LayerGen.case; LayerGen.tight ]

    Prop.forAll (Arb.fromGenShrink (cases, LayerShrink.smaller)) (fun case ->
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let q = planned.Integers

            let reach =
                Products.reach q.Profile q.Path q.Input q.IntrinsicShift (integers case planned)

            let struct (low, high) = LayerCase.inputRange q.Input.Type
            let random = Random seed

            [ 0 .. case.Channels - 1 ]
            |> List.map (fun channel ->
                let weights = Tiny.weights q channel
                let product inputs = snd (Tiny.products q channel inputs)

                let meet above below =
                    Array.map (fun w -> if w > 0 then above else below) weights

                let any = product (Array.map (fun _ -> random.Next(low, high + 1)) weights)

                let found = bigint reach[channel].Low, bigint reach[channel].High
                let expected = product (meet low high), product (meet high low)

                (found = expected && any >= fst found && any <= snd found)
                |> Prop.label $"channel {channel}: {found}, not {expected}; {any}")
            |> List.reduce (.&.))

/// One channel of given integer weights.
let private ofWeights (weights: int list) : IntegerWeights =
    {
        Values = Collections.Immutable.ImmutableArray.CreateRange(List.map sbyte weights)
        PositiveSums = ImmutableArray.CreateRange [ List.sumBy (max 0 >> int64) weights ]
        NegativeSums = ImmutableArray.CreateRange [ List.sumBy (min 0 >> int64) weights ]
    }

[<Theory>]
[<InlineData(-7, 1, -12L)>] // −7 >> 1 = −4, times 3
[<InlineData(-7, 8, -1L)>] // −12 >> 7, rounded down
[<InlineData(32767, 1, 49149L)>]
[<InlineData(32767, 8, 383L)>] // 49149 / 128 = 383.97
[<InlineData(-32768, 8, -384L)>]
let ``P07 an odd zero point and the larger shift are rounded down`` (zeroPoint: int, shift: int, expected: int64) =
    let found =
        Products.zeroValue
            BackendProfile.reference
            ActivationPath.Int15
            zeroPoint
            (Channelwise.perTensor shift)
            (ofWeights [ 5; -2 ])

    Assert.Equal<int64 array>([| expected |], found)

[<Fact>]
let ``P07 no product of zero points is taken off where each input's zero point is`` () =
    let zeroValue profile path =
        Products.zeroValue profile path 5 (Channelwise.perTensor 0) (ofWeights [ 5; -2 ])

    Assert.Equal<int64 array>([| 15L |], zeroValue BackendProfile.reference ActivationPath.Int8)
    Assert.Equal<int64 array>([| 0L |], zeroValue BackendProfile.tflite ActivationPath.Int8)
    Assert.Equal<int64 array>([| 0L |], zeroValue BackendProfile.onnxRuntime ActivationPath.Int8)
