module QuantFunctional.Tests.ConvolutionTests

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open global.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// A layer whose products are read off whole: nothing is requantized away, and the accumulator holds every sum.
let private layerOf (random: Random) (transposed: bool) (kernel: int list) : IntegerLayer =
    let groups, outputs, inputs =
        random.Next(1, 4), random.Next(1, 4), random.Next(1, 4)

    let layout, sizes =
        if transposed then
            WeightLayout.IOHW, [ groups * inputs; outputs; yield! kernel ]
        else
            WeightLayout.OIHW, [ groups * outputs; inputs; yield! kernel ]

    let shape = WeightShape.create layout groups sizes |> LayerCase.need
    let axes = kernel.Length

    let some lowest highest count =
        ImmutableArray.CreateRange(Seq.init count (fun _ -> random.Next(lowest, highest + 1)))

    {
        Profile = BackendProfile.tflite
        Path = ActivationPath.Int8
        Geometry =
            {
                Strides = some 1 3 axes
                Pads = some 0 3 (2 * axes)
                Dilations = some 1 3 axes
                IsTransposed = transposed
            }
        Input = Encoding.ofStep 1.0 (random.Next(-128, 128)) ScalarType.Int8 |> LayerCase.need
        Output = Encoding.ofStep 1.0 0 ScalarType.Int8 |> LayerCase.need
        Weights = ImmutableArray.CreateRange(Seq.init shape.Count (fun _ -> sbyte (random.Next(-127, 128))))
        Shape = shape
        Bias = ImmutableArray.CreateRange(Seq.init shape.Channels (fun _ -> random.NextInt64(-1000L, 1001L)))
        Multiplier = Channelwise.perTensor (1 <<< 30)
        Shift = Channelwise.perTensor 40
        IntrinsicShift = Channelwise.perTensor 0
        OutputOffset = 0
        OutputRange = Interval.ofBits 8
    }

/// All coordinates below the sizes, the last axis running fastest.
let rec private coordinates (sizes: int list) : int list list =
    match sizes with
    | [] -> [ [] ]
    | size :: rest ->
        [
            for first in 0 .. size - 1 do
                for others in coordinates rest -> first :: others
        ]

let private flat (sizes: int list) (at: int list) =
    List.fold2 (fun index size coordinate -> index * size + coordinate) 0 sizes at

/// How many outputs an axis has, counted: windows that end inside the padded input, or places that the spread inputs reach
/// and the padding leaves.
let private outputsAlong (geometry: Geometry) (kernel: int list) (input: int list) axis =
    let reach = geometry.Dilations[axis] * (kernel[axis] - 1)

    let padding = geometry.Pads[axis] + geometry.Pads[kernel.Length + axis]

    if geometry.IsTransposed then
        max 0 ((input[axis] - 1) * geometry.Strides[axis] + reach + 1 - padding)
    else
        Seq.initInfinite (fun output -> output * geometry.Strides[axis] + reach)
        |> Seq.takeWhile (fun last -> last < input[axis] + padding)
        |> Seq.length

/// Σ (Qa − Za)·Qw over all pairs of an input and a kernel position that the geometry brings together.
let private definition (q: IntegerLayer) (kernel: int list) (input: int list) (outputs: int list) (values: int array) =
    let geometry, shape = q.Geometry, q.Shape
    let channels = shape.Inputs * shape.Groups
    let perGroup = shape.Channels / shape.Groups
    let places = List.fold (*) 1 input
    let samples = values.Length / (channels * places)

    // output·stride + kernel·dilation = input + pad, and the other way round where inputs are spread
    let meets axis output tap at =
        let tap = tap * geometry.Dilations[axis]
        let pad = geometry.Pads[axis]

        if geometry.IsTransposed then
            at * geometry.Strides[axis] + tap = output + pad
        else
            output * geometry.Strides[axis] + tap = at + pad

    [|
        for sample in 0 .. samples - 1 do
            for channel in 0 .. shape.Channels - 1 do
                for output in coordinates outputs do
                    let mutable sum = 0L

                    for tap in coordinates kernel do
                        for at in coordinates input do
                            if
                                Seq.forall
                                    (fun axis -> meets axis output[axis] tap[axis] at[axis])
                                    (seq { 0 .. kernel.Length - 1 })
                            then
                                for i in 0 .. shape.Inputs - 1 do
                                    let row = sample * channels + channel / perGroup * shape.Inputs + i
                                    let value = values[row * places + flat input at] - q.Input.ZeroPoint
                                    let weight = q.Weights[shape.Index(channel, i, flat kernel tap)]
                                    sum <- sum + int64 value * int64 weight

                    sum
    |]

[<Property(MaxTest = 300)>]
let ``P08 the executor multiplies what the definition of a convolution brings together, for every geometry``
    (seed: int)
    (transposed: bool)
    =
    let random = Random seed
    let kernel = List.init (random.Next(1, 4)) (fun _ -> random.Next(1, 4))
    let q = layerOf random transposed kernel
    let input = kernel |> List.map (fun size -> random.Next(1, size + 4))
    let samples = random.Next(1, 3)
    let sizes = [ samples; q.Shape.Inputs * q.Shape.Groups; yield! input ]
    let values = Array.init (List.fold (*) 1 sizes) (fun _ -> random.Next(-128, 128))

    let outputs =
        kernel |> List.mapi (fun axis _ -> outputsAlong q.Geometry kernel input axis)

    match
        Executor.run
            q
            {
                Sizes = ImmutableArray.CreateRange sizes
                Values = ImmutableArray.Create<int> values
            }
    with
    | Error fault -> false |> Prop.label fault.Message
    | Ok run ->
        let products = definition q kernel input outputs values
        let perChannel = List.fold (*) 1 outputs

        let biased =
            products
            |> Array.mapi (fun index product -> product + q.Bias[index / max 1 perChannel % q.Shape.Channels])

        (Seq.toList run.Output.Sizes = [ samples; q.Shape.Channels; yield! outputs ]
         |> Prop.label $"sizes {List.ofSeq run.Output.Sizes}, not {outputs}")
        .&. (Seq.toArray run.Products = products |> Prop.label "products")
        .&. (Seq.toArray run.Accumulators = biased |> Prop.label "with the bias")
        |> Prop.classify (products.Length = 0) "no outputs"

[<Fact>]
let ``the first output that overflows is named, and there the product before the sum`` () =
    let weights = [| [| 1.0f |]; [| 1.0f |] |]

    let q =
        (PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights)).Integers

    let narrow =
        { q with
            Profile =
                { q.Profile with
                    Accumulator = { q.Profile.Accumulator with Bits = 8 }
                }
            Bias = ImmutableArray.Create(100L, 100L)
        }

    let run value =
        Executor.run
            narrow
            {
                Sizes = ImmutableArray.Create(1, 1)
                Values = ImmutableArray.Create<int>(value: int)
            }

    match run 100, run 1 with
    | Error(ExecutionFault.Overflow(Intermediate.Product, 8, 0, 0, _)),
      Error(ExecutionFault.Overflow(Intermediate.ProductAndBias, 8, 0, 0, _)) -> ()
    | other -> failwith $"{other}"
