module QuantFunctional.Tests.WeightLoopsTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// How weights lie to what the loops must decide.
[<RequireQualifiedAccess>]
type Kind =
    | Anywhere
    | NearTies
    | Tiny
    | Huge

type LoopCase =
    {
        Layout: WeightLayout
        Groups: int
        Outputs: int
        Inputs: int
        Kernel: int list
        Bits: int
        PerChannel: bool
        Kind: Kind
        Seed: int
    }

let private widths = [ 0; 128; 256; 512 ]

let private need (source: Result<'T, Refusal>) : 'T =
    match source with
    | Ok value -> value
    | Error refusal -> failwith refusal.Message

let private shapeOf (case: LoopCase) : WeightShape =
    let g, o, i, kernel = case.Groups, case.Outputs, case.Inputs, case.Kernel

    match case.Layout with
    | WeightLayout.OIHW -> WeightShape.create case.Layout g (g * o :: i :: kernel)
    | WeightLayout.OHWI -> WeightShape.create case.Layout g (g * o :: kernel @ [ i ])
    | WeightLayout.HWIO -> WeightShape.create case.Layout g (kernel @ [ i; g * o ])
    | WeightLayout.HWIGO -> WeightShape.create case.Layout g (kernel @ [ i; g; o ])
    | WeightLayout.IOHW -> WeightShape.create case.Layout g (g * i :: o :: kernel)
    | WeightLayout.HWOI -> WeightShape.create case.Layout g (kernel @ [ o; g * i ])
    | WeightLayout.HWGO -> WeightShape.create case.Layout g (kernel @ [ g; o ])
    | WeightLayout.IHWO -> WeightShape.create case.Layout g (1 :: kernel @ [ g * o ])
    | WeightLayout.IO -> WeightShape.create case.Layout 1 [ i; o ]
    | WeightLayout.OI -> WeightShape.create case.Layout 1 [ o; i ]
    |> need

/// A step of the weights of about 1, with all its bits, or as far from 1 as the weights ask for.
let private scaleOf (kind: Kind) (random: Random) : float =
    let mantissa = 1.0 + random.NextDouble()

    match kind, random.Next 8 with
    | _, 0 -> 0.0
    | Kind.Tiny, _ -> Math.ScaleB(mantissa, 120 + random.Next 40)
    | Kind.Huge, _ -> Math.ScaleB(mantissa, -130 + random.Next 20)
    | _ -> Math.ScaleB(mantissa, random.Next 20)

/// A weight of up to 140 steps: for the ties, the float32 nearest to one, or the next but few.
let private weightOf (kind: Kind) (scale: float) (random: Random) : float32 =
    let steps = 280.0 * random.NextDouble() - 140.0
    let scale = if scale = 0.0 then 1.0 else scale

    match kind, random.Next 16 with
    | _, 0 -> 0.0f
    | _, 1 -> -0.0f
    | _, 2 -> Single.MaxValue
    | _, 3 -> -Single.Epsilon
    | Kind.NearTies, _ ->
        let tie = float32 ((Math.Floor steps + 0.5) / scale)
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits tie + random.Next 5 - 2)
    | _ -> float32 (steps / scale) // never above the largest float32: 140 / 2^-130 is infinite

let private finite (weight: float32) : float32 =
    if Single.IsFinite weight then weight else Single.MaxValue

/// The definition of SPEC section 1, weight by weight in logical order.
let private plainly (bits: int) (scales: Channelwise<float>) (view: WeightView) =
    let shape = view.Shape
    let most = float (WeightScales.largestInteger bits)
    let values = Array.zeroCreate<sbyte> shape.Count

    let positive, negative =
        Array.zeroCreate<int64> shape.Channels, Array.zeroCreate<int64> shape.Channels

    for channel in 0 .. shape.Channels - 1 do
        for input in 0 .. shape.Inputs - 1 do
            for position in 0 .. shape.Positions - 1 do
                let index = shape.Index(channel, input, position)
                let product = float view.Data.Span[index] * scales[channel]
                let value = Math.Clamp(Math.Round(product, MidpointRounding.ToEven), -most, most)
                values[index] <- sbyte value
                let sums = if value > 0.0 then positive else negative
                sums[channel] <- sums[channel] + int64 value

    values, positive, negative

let private viewOf (case: LoopCase) =
    let random = Random case.Seed
    let shape = shapeOf case

    let scales =
        if case.PerChannel then
            Channelwise.perChannel (Array.init shape.Channels (fun _ -> scaleOf case.Kind random))
        else
            Channelwise.perTensor (scaleOf case.Kind random)

    let data = Array.zeroCreate<float32> shape.Count

    for channel in 0 .. shape.Channels - 1 do
        for input in 0 .. shape.Inputs - 1 do
            for position in 0 .. shape.Positions - 1 do
                data[shape.Index(channel, input, position)] <- finite (weightOf case.Kind scales[channel] random)

    scales, need (WeightView.ofShape shape (ReadOnlyMemory data))

let private differs (bits: int) (scales: Channelwise<float>) (view: WeightView) (width: int) : string option =
    let values, positive, negative = plainly bits scales view
    let found = Weights.quantizeBy width bits scales view

    if not (Seq.forall2 (=) values found.Values) then
        let index = Seq.findIndex id (Seq.map2 (<>) values found.Values)
        Some $"width {width}, index {index}: {view.Data.Span[index]:R} gives {found.Values[index]}, not {values[index]}"
    elif not (Seq.forall2 (=) positive found.PositiveSums && Seq.forall2 (=) negative found.NegativeSums) then
        Some $"width {width}: the sums differ"
    else
        None

type LoopCases =
    static member LoopCase() =
        gen {
            let! layout = Gen.elements (List.map fst Layouts.all)

            let! groups = Gen.elements [ 1; 1; 2; 5 ]
            let! outputs = Gen.choose (1, 40)
            let! inputs = Gen.choose (1, 40)

            let! kernel =
                Gen.elements [ [ 1 ]; [ 3 ]; [ 1; 1 ]; [ 2; 2 ]; [ 3; 3 ]; [ 2; 1; 3 ] ]

            let! bits = Gen.elements [ 4; 8; 8 ]
            let! perChannel = Gen.elements [ true; true; false ]
            let! kind = Gen.elements [ Kind.Anywhere; Kind.NearTies; Kind.Tiny; Kind.Huge ]
            let! seed = Gen.choose (0, Int32.MaxValue)

            return
                {
                    Layout = layout
                    Groups = groups
                    Outputs = outputs
                    Inputs = inputs
                    Kernel = kernel
                    Bits = bits
                    PerChannel = perChannel
                    Kind = kind
                    Seed = seed
                }
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<LoopCases> |], MaxTest = 400)>]
let ``P11 every vector width gives the integers and sums of the plain definition`` (case: LoopCase) =
    let scales, view = viewOf case

    match List.tryPick (differs case.Bits scales view) widths with
    | Some difference -> false |> Prop.label difference
    | None -> true |> Prop.label ""
    |> Prop.classify view.Shape.IsInterleaved "interleaved"
    |> Prop.classify (view.Shape.RunLength < 4) "runs of less than 4"
    |> Prop.classify (case.Kind = Kind.NearTies) "near ties"

[<Fact>]
let ``P11 every length of a run gives the integers of the plain definition on every width`` () =
    for layout in [ WeightLayout.OI; WeightLayout.IO ] do
        for length in 1..70 do
            let case =
                {
                    Layout = layout
                    Groups = 1
                    Outputs = if layout = WeightLayout.OI then 3 else length
                    Inputs = if layout = WeightLayout.OI then length else 3
                    Kernel = []
                    Bits = 8
                    PerChannel = true
                    Kind = Kind.NearTies
                    Seed = length
                }

            let scales, view = viewOf case
            Assert.Equal(None, List.tryPick (differs 8 scales view) widths)

[<Theory>]
[<InlineData(1, 1_100_003)>]
[<InlineData(5, 70_001)>]
let ``sums of one sign go on where the loops empty theirs`` (outputs: int, inputs: int) =
    let view =
        WeightView.create WeightLayout.IO 1 [ inputs; outputs ] (ReadOnlyMemory(Array.create (inputs * outputs) 1.0f))
        |> need

    for width in widths do
        let found = Weights.quantizeBy width 8 (Channelwise.perTensor 127.0) view
        Assert.Equal<int64>(Array.create outputs (127L * int64 inputs), Seq.toArray found.PositiveSums)
        Assert.Equal<int64>(Array.zeroCreate outputs, Seq.toArray found.NegativeSums)

[<Fact>]
let ``P11 the largest magnitudes are those of a plain loop, for every length of a run`` () =
    for layout in [ WeightLayout.OI; WeightLayout.IO; WeightLayout.IOHW; WeightLayout.HWOI ] do
        for length in 1..70 do
            let scales, view =
                viewOf
                    {
                        Layout = layout
                        Groups = 1
                        Outputs = if layout = WeightLayout.IO then length else 3
                        Inputs = if layout = WeightLayout.IO then 3 else length
                        Kernel = [ 2; 2 ]
                        Bits = 8
                        PerChannel = true
                        Kind = Kind.Anywhere
                        Seed = length
                    }

            let shape = view.Shape

            let plain =
                [|
                    for channel in 0 .. shape.Channels - 1 ->
                        [
                            for input in 0 .. shape.Inputs - 1 do
                                for position in 0 .. shape.Positions - 1 ->
                                    abs (float view.Data.Span[shape.Index(channel, input, position)])
                        ]
                        |> List.max
                |]

            Assert.True(scales.IsPerChannel)
            Assert.Equal<float>(plain, need (WeightScales.largestMagnitudes view))
