module QuantFunctional.Tests.NoticesTests

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

let private layerOf (weights: sbyte list) = PairSumsTests.layerOf weights

let private certify (layer: IntegerLayer) =
    Certificate.ofLayer (Channelwise.perTensor 1.0) layer

let private notices (layer: IntegerLayer) = Seq.toList (certify layer).Notices

let private saturations (layer: IntegerLayer) =
    notices layer
    |> List.choose (fun notice ->
        match notice with
        | Notice.Saturation(channel, value, limit, channels) -> Some(channel, int value, int limit, channels)
        | _ -> None)

[<Fact>]
let ``A value beyond the type's end is told with its distance`` () =
    // 255·127·2 / 256 − 128 = 125.02, and 255·127·3 / 256 − 128 = 251.5
    Assert.Empty(saturations (layerOf [ 127y; 127y ]))
    Assert.Equal<_ list>([ 0, 252, 127, 1 ], saturations (layerOf [ 127y; 127y; 127y ]))

[<Fact>]
let ``An end that stands for 0 cuts as a ReLU does, and is not told`` () =
    let negative = layerOf [ -127y; -127y; -127y ]
    Assert.Empty(saturations negative)

    let output = Encoding.ofStep 256.0 0 ScalarType.Int8 |> need

    let signed =
        { negative with
            Output = output
            OutputOffset = 0
        }

    Assert.Equal<_ list>([ 0, -380, -128, 1 ], saturations signed)

[<Fact>]
let ``A clamp inside the type is meant and not told`` () =
    let clamped =
        { layerOf [ 127y; 127y; 127y ] with
            OutputRange = { Low = -128L; High = 100L }
        }

    Assert.Empty(saturations clamped)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P08 the value that saturates is reached by the channel's witness and by no input exceeded``
    (case: LayerCase)
    (seed: int)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let random = Random seed

        let value channel inputs =
            let _, product = Tiny.products q channel inputs

            Tiny.requantize q channel (product + bigint q.Bias[channel]) + bigint q.OutputOffset

        Certificate.ofLayer planned.Plan.WeightScale q
        |> _.Notices
        |> Seq.choose (fun notice ->
            match notice with
            | Notice.Saturation(channel, reached, limit, _) -> Some(channel, reached, reached > bigint limit)
            | _ -> None)
        |> Seq.map (fun (channel, reached, above) ->
            let some =
                Array.init q.Shape.WeightsPerChannel (fun _ ->
                    random.Next(int q.InputRange.Low, int q.InputRange.High + 1))

            let other = value channel some

            (value channel (Bounds.witness q channel above) = reached)
            |> Prop.label "reached"
            |> (.&.) ((if above then other <= reached else other >= reached) |> Prop.label "exceeded")
            |> Prop.classify true "saturates")
        |> Seq.fold (.&.) (Prop.ofTestable true)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P08 an accumulator of the bits that are told holds every sum, and one bit less does not`` (case: LayerCase) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers

        let told =
            Certificate.ofLayer planned.Plan.WeightScale q
            |> _.Notices
            |> Seq.tryPick (fun notice ->
                match notice with
                | Notice.NarrowAccumulator(p, b, s, bits) -> Some(Notice.NeededBits(p, b, s), bits)
                | _ -> None)

        let fits bits =
            let holds (x: bigint) =
                x >= -(1I <<< (bits - 1)) && x < (1I <<< (bits - 1))

            [ 0 .. q.Shape.Channels - 1 ]
            |> List.forall (fun channel ->
                let bias = bigint q.Bias[channel]

                [ true; false ]
                |> List.forall (fun highest ->
                    let between, product = Tiny.products q channel (Bounds.witness q channel highest)
                    List.forall holds (bias :: product :: product + bias :: between)))

        match told with
        | Some(needed, bits) ->
            (fits needed |> Prop.label $"{needed} bits")
            .&. (needed < bits |> Prop.label "fewer than there are")
            .&. ((q.Path = ActivationPath.Int15 || not (fits (needed - 1))) |> Prop.label $"{needed - 1} bits")
        | None -> not (fits (q.Accumulator.Bits - 1)) |> Prop.label "nothing to give"

[<Theory>]
[<InlineData(1.0, true)>]
[<InlineData(1.0000002, true)>] // 2^−22
[<InlineData(1.0000005, false)>]
[<InlineData(1.005, false)>] // ONNX Runtime lets it pass
[<InlineData(Double.NaN, false)>]
let ``A bias step that is not the products' is found beyond what float32 rounds`` (ratio: float) (holds: bool) =
    let layer = layerOf [ 1y; 2y ]

    let found =
        Claims.biasSteps (Channelwise.perTensor 4.0) (Channelwise.perTensor (0.25 * ratio)) StepFormat.Float32 layer

    Assert.Equal(holds, found.IsEmpty)

    for violation in found do
        Assert.StartsWith("channel 0: the bias is stored in steps of ", violation.Message)

[<Fact>]
let ``Every notice is a sentence with its channel or its bits`` () =
    let layer = layerOf [ 127y; 127y; 127y ]

    Assert.Equal<string>(
        [
            "channel 0: some input gives 252, cut to 127, the highest output"
            "an accumulator of 18 bits would do instead of 32: the products need 18, the biases 1, their sums 18"
        ],
        notices layer |> List.map _.Message
    )
