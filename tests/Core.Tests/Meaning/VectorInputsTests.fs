module QuantFunctional.Tests.VectorInputsTests

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

let private array (values: int list) = ImmutableArray.CreateRange values

/// A convolution over two axes with two groups of two outputs, and weights of a seed.
let private convolution seed path transposed (strides: int list) (pads: int list) (dilations: int list) kernel =
    let random = Random(seed: int)
    let layout, sizes = WeightLayout.OIHW, 4 :: 2 :: kernel

    let layout, sizes =
        if transposed then
            WeightLayout.IOHW, 4 :: 2 :: kernel
        else
            layout, sizes

    let shape = WeightShape.create layout 2 sizes |> need

    {
        Profile = BackendProfile.reference
        Path = path
        Geometry =
            {
                Strides = array strides
                Pads = array pads
                Dilations = array dilations
                IsTransposed = transposed
            }
        Input =
            Encoding.ofStep
                1.0
                -3
                (if path = ActivationPath.Int8 then
                     ScalarType.Int8
                 else
                     ScalarType.Int16)
            |> need
        Output = Encoding.ofStep 256.0 -128 ScalarType.Int8 |> need
        Weights = ImmutableArray.CreateRange(Seq.init shape.Count (fun _ -> sbyte (random.Next(-127, 128))))
        Shape = shape
        Bias = ImmutableArray.Create(5L, -6L, 7L, 0L)
        Multiplier = Channelwise.perTensor 1
        Shift = Channelwise.perTensor 8
        IntrinsicShift = Channelwise.perTensor (if path = ActivationPath.Int15 then 1 else 0)
        OutputOffset = -128
        OutputRange = Interval.ofBits 8
    }

let private pair low high =
    Gen.two (Gen.choose (low, high)) |> Gen.map (fun (a, b) -> [ a; b ])

/// Any geometry of two axes.
let private layers (transposed: bool) =
    gen {
        let! strides = pair 1 3
        let! first = pair 0 4
        let! last = pair 0 4
        let! dilations = pair 1 3
        let! kernel = pair 1 3
        let! path = Gen.elements [ ActivationPath.Int8; ActivationPath.Int15 ]
        let! seed = Gen.choose (0, 1_000_000)
        return convolution seed path transposed strides (first @ last) dilations kernel
    }
    |> Arb.fromGen

let private run (layer: IntegerLayer) (sizes: ImmutableArray<int>) (values: ImmutableArray<int>) =
    let input =
        {
            Sizes = array [ 1; 4; yield! sizes ]
            Values = values
        }

    match Executor.run layer input with
    | Ok execution -> execution
    | Error fault -> failwith fault.Message

[<Property(MaxTest = 300)>]
let ``P08 at the smallest sizes the worst case of every channel reaches the end of its interval`` () =
    Prop.forAll (layers false) (fun layer ->
        let sizes = VectorInputs.smallestSizes layer
        let place = VectorInputs.worstCasePlace layer sizes
        let places = int (VectorInputs.outputPlaces layer sizes)

        [
            for vector in VectorInputs.create layer sizes 0 1UL do
                match vector.Kind with
                | VectorKind.WorstCase(channel, highest) ->
                    let bound =
                        Bounds.ofChannel layer channel
                        |> List.find (fun bound -> bound.Intermediate = Intermediate.Product)

                    let product = (run layer sizes vector.Values).Products[channel * places + place]
                    let expected = if highest then bound.Largest else bound.Smallest
                    (bigint product = expected) |> Prop.label $"{vector.Kind.Name}: {product} for {expected}"
                | _ -> ()
        ]
        |> List.reduce (.&.))

[<Property(MaxTest = 300)>]
let ``There are as many output places as the executor makes, and at least one at the smallest sizes``
    (transposed: bool)
    (extra: PositiveInt)
    =
    Prop.forAll (layers transposed) (fun layer ->
        let smallest = VectorInputs.smallestSizes layer
        let sizes = array [ smallest[0] + extra.Get % 4; smallest[1] ]
        let values = ImmutableArray.CreateRange(Seq.replicate (4 * sizes[0] * sizes[1]) 0)
        let made = (run layer sizes values).Output.Values.Length

        ((4 * int (VectorInputs.outputPlaces layer sizes) = made) |> Prop.label $"{made}")
        .&. (VectorInputs.outputPlaces layer smallest >= 1I |> Prop.label "one"))

[<Fact>]
let ``A transposed convolution of stride 1 reads its whole kernel at the smallest sizes`` () =
    for pads in [ [ 0; 0; 0; 0 ]; [ 1; 0; 2; 1 ]; [ 2; 2; 2; 2 ] ] do
        let layer = convolution 1 ActivationPath.Int8 true [ 1; 1 ] pads [ 1; 2 ] [ 3; 2 ]
        let sizes = VectorInputs.smallestSizes layer

        let placement = KernelPlacement.create layer.Geometry layer.Shape.KernelSizes sizes

        let place = VectorInputs.worstCasePlace layer sizes

        Assert.All(
            Seq.init 6 (fun position -> placement.Inputs[place * 6 + position]),
            fun at -> Assert.True(at >= 0, String.Join(',', pads))
        )

[<Fact>]
let ``The corners come first, then the random vectors of the seed`` () =
    let layer =
        convolution 1 ActivationPath.Int8 false [ 1; 1 ] [ 0; 0; 0; 0 ] [ 1; 1 ] [ 1; 1 ]

    let vectors seed =
        VectorInputs.create layer (array [ 8; 8 ]) 3 seed |> Seq.toList

    let ends =
        vectors 1UL |> List.map (fun vector -> Seq.min vector.Values, Seq.max vector.Values)

    Assert.Equal<_ list>([ -128, -128; 127, 127; -3, -3; -128, 127 ], List.truncate 4 ends)
    Assert.Equal<int list>([ -128; 127; -128 ], vectors 1UL |> List.item 3 |> _.Values |> Seq.truncate 3 |> Seq.toList)

    let drawn seed =
        vectors seed |> List.skip 12 |> List.map (fun vector -> Seq.toList vector.Values)

    Assert.Equal(3, (drawn 1UL).Length)
    Assert.Equal(3, drawn 1UL |> List.distinct |> List.length)
    Assert.Equal<int list list>(drawn 1UL, drawn 1UL)
    Assert.NotEqual<int list list>(drawn 1UL, drawn 2UL)

    let all =
        VectorInputs.create layer (array [ 32; 32 ]) 3 1UL
        |> Seq.skip 12
        |> Seq.collect _.Values
        |> Seq.toList

    Assert.Equal(256, all |> List.distinct |> List.length) // 12288 draws
    Assert.Equal((-128, 127), (List.min all, List.max all))

[<Fact>]
let ``Random numbers are those of SplitMix64`` () =
    // the first outputs for the seed 1234567, from the reference implementation
    let expected =
        [ 6457827717110365317UL; 3203168211198807973UL; 9817491932198370423UL ]
        |> List.map (fun drawn -> int ((drawn >>> 32) &&& 255UL) - 128)

    let layer =
        convolution 1 ActivationPath.Int8 false [ 1; 1 ] [ 0; 0; 0; 0 ] [ 1; 1 ] [ 1; 1 ]

    let first = VectorInputs.create layer (array [ 1; 1 ]) 1 1234567UL |> Seq.last
    Assert.Equal<int list>(expected, first.Values |> Seq.truncate 3 |> Seq.toList)
