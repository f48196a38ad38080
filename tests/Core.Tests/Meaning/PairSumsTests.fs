module QuantFunctional.Tests.PairSumsTests

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open global.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private need (source: Result<'T, Refusal>) = LayerCase.need source

/// A product layer of one output channel with weights of one's own, which runs as ONNX Runtime runs it.
let internal layerOf (weights: sbyte list) : IntegerLayer =
    {
        Profile = BackendProfile.onnxRuntime
        Path = ActivationPath.Int8
        Geometry = Geometry.plain 0
        Input = Encoding.ofStep 1.0 -128 ScalarType.Int8 |> need
        Output = Encoding.ofStep 256.0 -128 ScalarType.Int8 |> need
        Weights = ImmutableArray.CreateRange weights
        Shape = WeightShape.create WeightLayout.OI 1 [ 1; weights.Length ] |> need
        Bias = ImmutableArray.Create 0L
        Multiplier = Channelwise.perTensor 1
        Shift = Channelwise.perTensor 8
        IntrinsicShift = Channelwise.perTensor 0
        OutputOffset = -128
        OutputRange = Interval.ofBits 8
    }

/// vpmaddubsw of all pairs at one input, by the processor's own definition: where the sum leaves 16 bits.
let private overflowingPairs (weights: sbyte list) =
    [
        for i in 0 .. weights.Length - 1 do
            for j in i + 1 .. weights.Length - 1 do
                for a in [ 0; 255 ] do
                    for b in [ 0; 255 ] do
                        let sum = a * int weights[i] + b * int weights[j]

                        if sum <> Math.Clamp(sum, -32768, 32767) then
                            i, j
    ]

[<Property(MaxTest = 2000)>]
let ``A channel has an overflowing pair exactly where two products leave 16 bits`` (weights: sbyte list) (scale: bool) =
    let weights =
        if scale then
            weights
        else
            weights |> List.map (fun w -> w / 2y)

    let weights = if weights.IsEmpty then [ 1y ] else weights
    let expected = overflowingPairs weights

    match PairSums.ofChannel (layerOf weights) 0 with
    | ValueNone -> expected.IsEmpty |> Prop.label "none found" |> Prop.classify true "safe"
    | ValueSome pair ->
        let stored = pair.Witness |> Seq.map (fun value -> value + 128) |> Seq.toList

        let sums =
            List.allPairs [ 0 .. weights.Length - 1 ] [ 0 .. weights.Length - 1 ]
            |> List.filter (fun (i, j) -> i < j)
            |> List.map (fun (i, j) -> stored[i] * int weights[i] + stored[j] * int weights[j])

        (List.contains (pair.First, pair.Second) expected |> Prop.label "is one")
        .&. (List.contains pair.Value sums |> Prop.label "the witness reaches the value")
        .&. (sums |> List.exists (fun sum -> sum > 32767 || sum < -32768) |> Prop.label "the witness overflows")

[<Theory>]
[<InlineData(64, 64, false)>]
[<InlineData(64, 65, true)>]
[<InlineData(-64, -64, false)>]
[<InlineData(-64, -65, true)>]
[<InlineData(127, 1, false)>]
[<InlineData(127, 2, true)>]
[<InlineData(127, -127, false)>]
[<InlineData(-128, 127, false)>]
let ``Two weights of one sign overflow from 129 on`` (first: int) (second: int) (overflows: bool) =
    let pair = PairSums.ofChannel (layerOf [ sbyte first; 0y; sbyte second ]) 0
    Assert.Equal(overflows, pair.IsSome)

[<Fact>]
let ``Weights that meet 16-bit inputs make no pair`` () =
    let layer =
        { layerOf [ 127y; 127y ] with
            Path = ActivationPath.Int15
        }

    Assert.Empty(PairSums.ofLayer layer)
