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

/// A layer of weights of one's own, which runs as ONNX Runtime runs it.
let internal layerOfShape (profile: BackendProfile) (shape: WeightShape) (weights: sbyte seq) : IntegerLayer =
    {
        Profile = profile
        Path = ActivationPath.Int8
        Geometry = Geometry.plain shape.KernelSizes.Length
        Input = Encoding.ofStep 1.0 -128 ScalarType.Int8 |> need
        Output = Encoding.ofStep 256.0 -128 ScalarType.Int8 |> need
        Weights = ImmutableArray.CreateRange weights
        Shape = shape
        Bias = ImmutableArray.CreateRange(Seq.replicate shape.Channels 0L)
        Multiplier = Channelwise.perTensor 1
        Shift = Channelwise.perTensor 8
        IntrinsicShift = Channelwise.perTensor 0
        OutputOffset = -128
        OutputRange = Interval.ofBits 8
    }

/// A product layer of one output channel.
let internal layerOf (weights: sbyte list) : IntegerLayer =
    let shape = WeightShape.create WeightLayout.OI 1 [ 1; weights.Length ] |> need
    layerOfShape BackendProfile.onnxRuntime shape weights

/// A convolution of one output channel, with weights by kernel position, then input channel.
let private convolutionOf (kernel: int list) (inputs: int) (weights: sbyte seq) : IntegerLayer =
    let shape =
        WeightShape.create WeightLayout.OHWI 1 [ 1; yield! kernel; inputs ] |> need

    layerOfShape BackendProfile.onnxRuntime shape weights

/// vpmaddubsw of all neighbours at the ends of the input, by the processor's own definition: the sums that leave 16 bits.
let private overflowing (inKernelOrder: sbyte list) =
    [
        for k, pair in List.indexed (List.chunkBySize 2 inKernelOrder) do
            for a in [ 0; 255 ] do
                for b in [ 0; 255 ] do
                    match pair with
                    | [ first; second ] ->
                        let sum = a * int first + b * int second

                        if sum <> Math.Clamp(sum, -32768, 32767) then
                            k, sum
                    | _ -> ()
    ]

/// Weights of which some are large enough, some just not.
let private weightsOf (seed: int) (count: int) =
    let random = Random seed
    let most = [| 62; 66; 100; 128 |][random.Next 4]

    List.init count (fun _ -> sbyte (Math.Clamp(random.Next(-most, most + 1), -128, 127)))

[<Property(MaxTest = 2000)>]
let ``A channel has an overflowing pair exactly where neighbours in the kernel's order leave 16 bits``
    (seed: int)
    (PositiveInt inputs)
    (PositiveInt width)
    =
    let inputs, width = 2 + inputs % 5, 1 + width % 4
    let weights = weightsOf seed (3 * width * inputs)
    let layer = convolutionOf [ 3; width ] inputs weights
    let expected = overflowing weights

    match PairSums.ofChannel layer 0 with
    | ValueNone -> expected.IsEmpty |> Prop.label "none found" |> Prop.classify true "safe"
    | ValueSome pair ->
        let worst =
            if expected.IsEmpty then
                (-1, 0)
            else
                expected |> List.maxBy (fun (_, sum) -> abs sum)

        // in the kernel's order
        let stored =
            [
                for position in 0 .. 3 * width - 1 do
                    for input in 0 .. inputs - 1 -> pair.Witness[input * 3 * width + position] + 128
            ]

        let sums =
            List.map2 (fun a (w: sbyte) -> a * int w) stored weights |> List.chunkBySize 2 |> List.map List.sum

        (abs pair.Value = abs (snd worst) |> Prop.label $"{pair.Value} is the farthest, {worst}")
        .&. (List.filter ((<>) 0) sums = [ pair.Value ] |> Prop.label "the witness makes it and no other")
        .&. (layer.Weights[layer.Shape.Index(0, pair.FirstPlace.Input, pair.First % (3 * width))] = pair.FirstWeight
             |> Prop.label "the place of the first")
        .&. (PairSums.canSaturate layer 0 |> Prop.label "can saturate")

[<Theory>]
[<InlineData(64, 64, false)>]
[<InlineData(64, 65, true)>]
[<InlineData(-64, -64, false)>]
[<InlineData(-64, -65, true)>]
[<InlineData(127, 1, false)>]
[<InlineData(127, 2, true)>]
[<InlineData(127, -127, false)>]
[<InlineData(-128, 127, false)>]
[<InlineData(-128, 0, false)>]
[<InlineData(-128, -1, true)>]
let ``Two neighbours of one sign overflow from 129 on`` (first: int) (second: int) (overflows: bool) =
    let pair = PairSums.ofChannel (layerOf [ sbyte first; sbyte second ]) 0
    Assert.Equal(overflows, pair.IsSome)

[<Fact>]
let ``Weights that are no neighbours make no pair, and an odd last one has no neighbour`` () =
    Assert.Empty(PairSums.ofLayer (layerOf [ 127y; 0y; 127y ]))
    Assert.Empty(PairSums.ofLayer (layerOf [ 0y; 127y; 127y; 0y; 127y ]))
    Assert.NotEmpty(PairSums.ofLayer (layerOf [ 0y; 0y; 127y; 127y ]))

    // the positions of one input channel are no neighbours where there are two input channels
    Assert.Empty(PairSums.ofLayer (convolutionOf [ 2; 1 ] 2 [ 127y; 0y; 127y; 0y ]))
    Assert.NotEmpty(PairSums.ofLayer (convolutionOf [ 2; 1 ] 2 [ 127y; 127y; 0y; 0y ]))

[<Fact>]
let ``A certificate holds a layer to pairs where its profile speaks of a processor that adds them`` () =
    let found (profile: BackendProfile) =
        let layer = (layerOf [ 100y; 90y; -3y ]).With profile
        (Certificate.ofLayer (Channelwise.perTensor 0.0) layer).Violations |> List.ofSeq

    for profile in [ BackendProfile.onnxRuntime; BackendProfile.onnxRuntimeX64Avx2 ] do
        match found profile with
        | [ Violation.PairOverflow pair ] ->
            Assert.Equal<int>([ 127; 127; -128 ], pair.Witness)
            Assert.Equal((48450, 32767), (pair.Value, pair.Limit))
        | other -> failwith $"{other}"

    for profile in [ BackendProfile.onnxRuntimeVnni; BackendProfile.onnxRuntimeArm64 ] do
        Assert.Empty(found profile)

[<Fact>]
let ``A channel whose pairs saturate has no error bound`` () =
    let bounds (profile: BackendProfile) =
        (Certificate.ofLayer (Channelwise.perTensor 0.0) ((layerOf [ 100y; 90y; -3y ]).With profile)).ErrorBounds

    Assert.True(Double.IsNaN((bounds BackendProfile.onnxRuntime)[0]))
    Assert.True(Double.IsFinite((bounds BackendProfile.onnxRuntimeVnni)[0]))

[<Fact>]
let ``Kernels that add in full everywhere make no pair`` () =
    let heavy (layout: WeightLayout) groups (sizes: int list) =
        let shape = WeightShape.create layout groups sizes |> need
        PairSums.ofLayer (layerOfShape BackendProfile.onnxRuntime shape (Seq.replicate shape.Count 127y))

    // one input and one output channel to each group, of several or of one
    Assert.Empty(heavy WeightLayout.OIHW 3 [ 3; 1; 2; 2 ])
    Assert.Empty(heavy WeightLayout.OIHW 1 [ 1; 1; 2; 2 ])

    // more output channels than input channels, and more input channels than one
    Assert.Equal(6, (heavy WeightLayout.OIHW 3 [ 6; 1; 2; 2 ]).Length)
    Assert.Equal(2, (heavy WeightLayout.OIHW 1 [ 2; 1; 2; 2 ]).Length)
    Assert.Equal(3, (heavy WeightLayout.OIHW 3 [ 3; 2; 1; 1 ]).Length)

[<Fact>]
let ``Weights that meet 16-bit inputs make no pair`` () =
    let layer =
        { layerOf [ 127y; 127y ] with
            Path = ActivationPath.Int15
        }

    Assert.Empty(PairSums.ofLayer layer)

[<Fact>]
let ``The sentence names both weights with their places, what they make, what becomes of it, and what to do`` () =
    let remedy =
        "'quantfn repair' mends a model, and --profile onnxruntime-vnni is enough for one that only ever runs with VNNI"

    let product = PairSums.ofLayer (layerOf [ 0y; 0y; -100y; -90y ]) |> List.exactlyOne

    Assert.Equal(
        "channel 0: the neighbours -100 (row 2) and -90 (row 3) times 255 make -48450, which 16 bits cut to -32768 on x64 "
        + $"without VNNI; {remedy}",
        product.Message
    )

    let convolution =
        convolutionOf [ 2; 3 ] 3 [ for product in 0..17 -> if product = 14 || product = 15 then 127y else 0y ]
        |> PairSums.ofLayer
        |> List.exactlyOne

    Assert.Equal(
        "channel 0: the neighbours 127 (kernel position 1,1 of input channel 2) and 127 (kernel position 1,2 of input "
        + $"channel 0) times 255 make 64770, which 16 bits cut to 32767 on x64 without VNNI; {remedy}",
        convolution.Message
    )
