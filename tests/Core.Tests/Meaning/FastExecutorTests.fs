module QuantFunctional.Tests.FastExecutorTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private widths = [ 0; 128; 256; 512 ]

/// A layer of any integers, not only of those that planning makes, and what it is run on.
type private Run =
    {
        Layer: IntegerLayer
        Sizes: int list
        Values: int array
    }

    member run.Tensor: IntegerTensor =
        {
            Sizes = ImmutableArray.CreateRange run.Sizes
            Values = ImmutableArray.Create<int> run.Values
        }

let private profiles =
    [|
        for profile in BackendProfile.named do
            for path in profile.Paths do
                profile, path
    |]

let private some (random: Random) (lowest: int) (highest: int) (count: int) =
    ImmutableArray.CreateRange(Seq.init count (fun _ -> random.Next(lowest, highest + 1)))

/// Multipliers and shifts as planning makes them, near the factor that spreads the sums over the output.
let private requantization (random: Random) (profile: BackendProfile) (channels: int) =
    let multiplier () =
        match random.Next 4, profile.Multiplier with
        | 0, _ -> 1
        | _, MultiplierForm.Single24 -> random.Next(1 <<< 23, 1 <<< 24)
        | _ -> random.Next(1 <<< 30, Int32.MaxValue)

    let multipliers = Array.init channels (fun _ -> multiplier ())

    let shifts =
        multipliers
        |> Array.map (fun multiplier ->
            let bits = 32 - Numerics.BitOperations.LeadingZeroCount(uint32 multiplier)
            bits - 1 + random.Next(0, 20))

    Channelwise.perChannel multipliers, Channelwise.perChannel shifts

/// What decides a case; it prints and replays.
type FastCase =
    {
        Profile: int
        Groups: int
        Outputs: int
        Inputs: int
        Kernel: int list
        /// How far the input is larger than the kernel along each axis.
        Room: int list
        Samples: int
        Seed: int
    }

let private weightsOf (random: Random) count =
    let kind = random.Next 5

    ImmutableArray.CreateRange(
        Seq.init count (fun _ ->
            match kind with
            | 0 -> -128y
            | 1 -> 127y
            | _ -> sbyte (random.Next(-128, 128)))
    )

let private runOf (case: FastCase) : Run =
    let random = Random case.Seed
    let profile, path = profiles[case.Profile % profiles.Length]
    let axes = case.Kernel.Length
    let transposed = axes > 0 && random.Next 4 = 0

    let layout, sizes =
        if axes = 0 then
            WeightLayout.OI, [ case.Outputs; case.Inputs ]
        elif transposed then
            WeightLayout.IOHW, [ case.Groups * case.Inputs; case.Outputs; yield! case.Kernel ]
        else
            WeightLayout.OHWI, [ case.Groups * case.Outputs; yield! case.Kernel; case.Inputs ]

    let shape = LayerCase.need (WeightShape.create layout (if axes = 0 then 1 else case.Groups) sizes)
    let input = if path = ActivationPath.Int8 then ScalarType.Int8 else ScalarType.Int16
    let struct (low, high) = LayerCase.inputRange input
    let zeroPoint = if path = ActivationPath.Int16 then 0 else random.Next(low, high + 1)
    let output = [| ScalarType.Int8; ScalarType.Int8; ScalarType.Int16 |][random.Next 3]

    let output =
        if profile.Name = BackendProfile.onnxRuntime.Name then
            ScalarType.Int8
        else
            output

    let struct (lowest, highest) = LayerCase.inputRange output
    let multiplier, shift = requantization random profile shape.Channels
    let offset = random.Next(lowest, highest + 1)
    let kind = random.Next 4
    let inputSizes = List.map2 (+) case.Kernel case.Room

    let count =
        case.Samples * shape.Inputs * shape.Groups * List.fold (*) 1 inputSizes

    {
        Layer =
            {
                Profile = profile
                Path = path
                Geometry =
                    {
                        Strides = some random 1 3 axes
                        Pads = some random 0 2 (2 * axes)
                        Dilations = some random 1 2 axes
                        IsTransposed = transposed
                    }
                Input = LayerCase.need (Encoding.ofStep 0.5 zeroPoint input)
                Output = LayerCase.need (Encoding.ofStep 0.5 0 output)
                Weights = weightsOf random shape.Count
                Shape = shape
                Bias =
                    ImmutableArray.CreateRange(
                        Seq.init shape.Channels (fun _ -> random.NextInt64(-(1L <<< 22), 1L <<< 22))
                    )
                Multiplier = multiplier
                Shift = shift
                IntrinsicShift =
                    Channelwise.perChannel (
                        Array.init shape.Channels (fun _ ->
                            if path <> ActivationPath.Int15 then 0
                            elif random.Next 2 = 0 then IntrinsicShift.Hi
                            else IntrinsicShift.Lo)
                    )
                OutputOffset = offset
                OutputRange =
                    {
                        Low = (if random.Next 3 = 0 then int64 offset else int64 lowest)
                        High = int64 highest
                    }
            }
        Sizes = [ case.Samples; shape.Inputs * shape.Groups; yield! inputSizes ]
        Values =
            Array.init count (fun _ ->
                match kind with
                | 0 -> low
                | 1 -> high
                | _ -> random.Next(low, high + 1))
    }

/// What the plain executor says, as text that tells outputs and faults apart.
let private said (result: Result<IntegerTensor, ExecutionFault>) =
    match result with
    | Ok output -> $"{List.ofSeq output.Sizes} " + String.Join(",", output.Values)
    | Error fault -> fault.Message

let private plainly (run: Run) =
    said (Executor.run run.Layer run.Tensor |> Result.map _.Output)

let private differs (run: Run) (width: int) (threads: int) =
    let prepared = Preparation.ofWidth width run.Layer
    let expected, found = plainly run, said (FastExecutor.run threads prepared run.Tensor)

    if expected = found then
        None
    else
        Some $"width {width}, {threads} threads: {found}\nnot {expected}"

type FastCases =
    static member FastCase() =
        gen {
            let! profile = Gen.choose (0, profiles.Length - 1)
            let! groups = Gen.elements [ 1; 1; 1; 2; 3; 5 ]
            let! outputs = Gen.choose (1, 10)
            let! inputs = Gen.choose (1, 9)
            let! axes = Gen.elements [ 0; 1; 2; 2; 2; 3 ]
            let! kernel = Gen.listOfLength axes (Gen.choose (1, 3))
            let! room = Gen.listOfLength axes (Gen.choose (0, (if axes = 3 then 4 else 20)))
            let! samples = Gen.choose (1, 3)
            let! seed = Gen.choose (0, Int32.MaxValue)

            return
                {
                    Profile = profile
                    Groups = groups
                    Outputs = outputs
                    Inputs = if axes = 0 then inputs * 11 else inputs
                    Kernel = kernel
                    Room = room
                    Samples = samples
                    Seed = seed
                }
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 600)>]
let ``P11 the fast executor gives the plain one's outputs and faults, on every width and number of threads``
    (case: FastCase)
    =
    let run = runOf case
    let prepared = FastExecutor.prepare run.Layer

    List.allPairs widths [ 1; 2 ]
    |> List.tryPick (fun (width, threads) -> differs run width threads)
    |> function
        | Some difference -> false |> Prop.label difference
        | None -> true |> Prop.label ""
    |> Prop.classify prepared.IsVectorised $"vectors, {run.Layer.Path}"
    |> Prop.classify (not prepared.IsVectorised) "left to the plain loops"
    |> Prop.classify run.Layer.Geometry.IsTransposed "transposed"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P11 the fast executor gives the plain one's outputs for every layer that was planned`` (case: LayerCase) (seed: int) =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let layer = planned.Integers
        let random = Random seed
        let whole = layer.InputRange
        let sizes = [ 2; layer.Shape.Inputs * layer.Shape.Groups; yield! layer.Shape.KernelSizes ]

        let run =
            {
                Layer = layer
                Sizes = sizes
                Values =
                    Array.init (List.fold (*) 1 sizes) (fun _ -> random.Next(int whole.Low, int whole.High + 1))
            }

        let prepared = FastExecutor.prepare layer

        match differs run Preparation.widest 1 with
        | Some difference -> false |> Prop.label difference
        | None -> true |> Prop.label ""
        |> Prop.classify prepared.IsVectorised $"vectors, {layer.Path}"

let private plainConvolution inputs outputs kernel room =
    {
        Profile = 0
        Groups = 1
        Outputs = outputs
        Inputs = inputs
        Kernel = kernel
        Room = room
        Samples = 1
        Seed = 0
    }

[<Fact>]
let ``P11 every number of places and of channels around a tile gives the plain outputs on every width`` () =
    for width in widths do
        for size in 1..100 do
            let run = runOf { plainConvolution 3 3 [ 1 ] [ size ] with Seed = size; Profile = size }
            Assert.Equal(None, differs run width 1)

        for channels in 1..18 do
            let run = runOf { plainConvolution channels channels [ 2; 3 ] [ 4; 5 ] with Seed = channels; Profile = channels }
            Assert.Equal(None, differs run width 1)
            let product = runOf { plainConvolution (17 * channels) channels [] [] with Seed = channels; Samples = channels }
            Assert.Equal(None, differs product width 2)

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 200)>]
let ``bytes in give the bytes that whole numbers in give`` (case: FastCase) =
    let run = runOf case
    let prepared = FastExecutor.prepare run.Layer

    let bytes =
        {
            ByteTensor.Sizes = run.Tensor.Sizes
            Values = ImmutableArray.CreateRange(run.Values |> Seq.map (fun value -> sbyte (Math.Clamp(value, -128, 127))))
        }

    let tensor =
        { run.Tensor with
            Values = ImmutableArray.CreateRange(bytes.Values, int)
        }

    if run.Layer.OutputRange.High > 127L then
        Assert.Throws<ArgumentException>(fun () -> FastExecutor.runBytes 1 prepared bytes |> ignore)
        |> ignore

        true |> Prop.classify true "wider outputs"
    else
        let wholes = said (FastExecutor.run 1 prepared tensor)

        let found =
            FastExecutor.runBytes 2 prepared bytes
            |> Result.map (fun output ->
                {
                    IntegerTensor.Sizes = output.Sizes
                    Values = ImmutableArray.CreateRange(output.Values, int)
                })

        said found = wholes |> Prop.classify false ""

[<Fact>]
let ``the vector loops run the layers of every path, and leave to the plain ones what int32 does not hold`` () =
    for profile in 0 .. profiles.Length - 1 do
        let run = runOf { plainConvolution 4 4 [ 3; 3 ] [ 5; 5 ] with Profile = profile }
        Assert.True((FastExecutor.prepare run.Layer).IsVectorised, $"{profiles[profile]}")

        let far =
            { run.Layer with
                Bias = run.Layer.Bias.SetItem(1, int64 Int32.MaxValue)
            }

        Assert.False((FastExecutor.prepare far).IsVectorised)
        Assert.Equal(None, differs { run with Layer = far } 512 1)

[<Fact>]
let ``inputs of another shape or outside their type are refused as the plain executor refuses them`` () =
    let run = runOf (plainConvolution 2 3 [ 2; 2 ] [ 3; 3 ])
    let outside = Array.copy run.Values
    outside[7] <- 40000

    for wrong in [ { run with Sizes = 1 :: run.Sizes }; { run with Values = outside } ] do
        Assert.Equal(None, differs wrong 512 1)
