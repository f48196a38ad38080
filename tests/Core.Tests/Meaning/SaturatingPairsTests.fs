module QuantFunctional.Tests.SaturatingPairsTests

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open global.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing
open QuantFunctional.Testing.FastRuns

let private pairs16 = BackendProfile.onnxRuntimeX64Avx2

/// A layer of any shape that meets its whole input at one place, with a zero point and weights that saturate often.
let private layerOf (seed: int) : IntegerLayer =
    let random = Random seed

    let groups, inputs, outputs =
        random.Next(1, 4), random.Next(1, 6), random.Next(1, 4)

    let kernel = List.init (random.Next 4) (fun _ -> random.Next(1, 4))

    let layout, groups, sizes =
        if kernel.IsEmpty then
            WeightLayout.IO, 1, [ inputs * 3; outputs ]
        else
            WeightLayout.OIHW, groups, [ groups * outputs; inputs; yield! kernel ]

    let shape = LayerCase.need (WeightShape.create layout groups sizes)
    let small = random.Next 3 = 0

    let weights =
        Seq.init shape.Count (fun _ ->
            if small then
                sbyte (random.Next(-64, 65))
            else
                sbyte (random.Next(-128, 128)))

    { PairSumsTests.layerOfShape pairs16 shape weights with
        Input = LayerCase.need (Encoding.ofStep 1.0 (random.Next(-128, 128)) ScalarType.Int8)
        Bias = ImmutableArray.CreateRange(Seq.init shape.Channels (fun _ -> random.NextInt64(-5000L, 5000L)))
        Shift = Channelwise.perTensor (random.Next(4, 12))
    }

let private inputOf (layer: IntegerLayer) (value: int -> int) : IntegerTensor =
    let shape = layer.Shape
    let sizes = [ 1; shape.Inputs * shape.Groups; yield! shape.KernelSizes ]

    {
        Sizes = ImmutableArray.CreateRange sizes
        Values = ImmutableArray.CreateRange(Seq.init (List.fold (*) 1 sizes) value)
    }

let private runOf (layer: IntegerLayer) (input: IntegerTensor) : Execution =
    match Executor.run layer input with
    | Ok run -> run
    | Error fault -> failwith fault.Message

let private productOf (run: Execution) : ImmutableArray<int64> =
    run.Intermediates |> Seq.find (fun known -> known.Intermediate = Intermediate.Product) |> _.Values

[<Property(MaxTest = 600)>]
let ``P08 pairs that saturate give what arbitrary precision gives, inside the interval of the full sum`` (seed: int) =
    let layer = layerOf seed
    let random = Random(seed + 1)
    let kind = random.Next 3

    let input =
        inputOf layer (fun _ ->
            if kind = 0 then
                [| -128; 127 |][random.Next 2]
            else
                random.Next(-128, 128))

    let run = runOf layer input
    let inFull = runOf (layer.With BackendProfile.onnxRuntimeVnni) input
    let perChannel = layer.Shape.WeightsPerChannel
    let perGroup = layer.Shape.Channels / layer.Shape.Groups

    [ 0 .. layer.Shape.Channels - 1 ]
    |> List.map (fun channel ->
        let met =
            Array.init perChannel (fun i -> input.Values[channel / perGroup * perChannel + i])

        let found =
            [
                for known in run.Intermediates -> known.Intermediate, bigint known.Values[channel]
            ]

        let isInside (bound: Bound) =
            found
            |> List.forall (fun (intermediate, value) ->
                intermediate <> bound.Intermediate || bound.Smallest <= value && value <= bound.Largest)

        (found = Tiny.intermediates layer channel met |> Prop.label $"{found}")
        .&. (bigint run.Output.Values[channel] = Tiny.output layer channel met |> Prop.label "output")
        .&. (Bounds.ofChannel layer channel |> List.forall isInside |> Prop.label "inside its interval"))
    |> List.reduce (.&.)
    |> Prop.classify (List.ofSeq (productOf run) <> List.ofSeq (productOf inFull)) "saturates"

[<Property(MaxTest = 400)>]
let ``P08 the witness of a pair makes the product miss the full one by what 16 bits cut`` (seed: int) =
    let layer = layerOf seed

    match PairSums.ofLayer layer with
    | [] -> true |> Prop.classify true "no pair saturates"
    | found ->
        found
        |> List.map (fun pair ->
            let perGroup = layer.Shape.Channels / layer.Shape.Groups
            let first = pair.Channel / perGroup * layer.Shape.WeightsPerChannel

            let input =
                inputOf layer (fun i ->
                    if i >= first && i < first + pair.Weights then
                        pair.Witness[i - first]
                    else
                        -128)

            let product profile =
                (productOf (runOf (layer.With profile) input))[pair.Channel]

            product BackendProfile.onnxRuntimeVnni - product pairs16 = int64 (pair.Value - pair.Limit)
            |> Prop.label pair.Message)
        |> List.reduce (.&.)

[<Fact>]
let ``Where either way of adding may come, the executors add in full`` () =
    let layer =
        { layerOf 3 with
            Weights = ImmutableArray.CreateRange(Seq.replicate (layerOf 3).Shape.Count 127y)
        }

    let input = inputOf layer (fun _ -> 127)

    let product profile =
        productOf (runOf (layer.With profile) input) |> List.ofSeq

    Assert.Equal<int64>(product BackendProfile.onnxRuntimeVnni, product BackendProfile.onnxRuntime)
    Assert.NotEqual<int64 list>(product pairs16, product BackendProfile.onnxRuntime)

/// The run of a case on pairs that saturate.
let private onPairs (run: FastRun) =
    { run with
        Layer = run.Layer.With pairs16
    }

let private ofInt8 (case: FastCase) =
    let index =
        FastCase.profiles |> Array.findIndex (fun (profile, _) -> profile.Name = pairs16.Name)

    { case with Profile = index }

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 500)>]
let ``P11 the fast executor saturates as the plain one does, in every way and number of threads`` (case: FastCase) =
    let run = onPairs (FastCase.run (ofInt8 case))

    List.allPairs ways [ 1; 2 ]
    |> List.tryPick (fun (way, threads) -> differs run way threads)
    |> function
        | Some difference -> false |> Prop.label difference
        | None -> true |> Prop.label ""
    |> Prop.classify (Preparation.saturates run.Layer) "a pair can saturate"
    |> Prop.classify ((FastExecutor.prepare run.Layer).IsVectorised) "by vectors"

[<Fact>]
let ``P11 layers that saturate run by vectors, and those that cannot as if products were added in full`` () =
    let layer weight =
        let some = layerOf 5

        { some with
            Weights = ImmutableArray.CreateRange(Seq.replicate some.Shape.Count weight)
        }

    Assert.True((FastExecutor.prepare (layer 127y)).IsVectorised)
    Assert.True(Preparation.saturates (layer 127y))
    Assert.False(Preparation.takesQuads (layer 127y))
    Assert.False(Preparation.saturates (layer 64y))
    Assert.False(Preparation.saturates ((layer 127y).With BackendProfile.onnxRuntime))

[<Fact>]
let ``P11 sums of inputs from 0 on that leave int32 come back to it with the bias`` () =
    // 70,000 pairs of 255·128 are more than 2^31; less the zero point's share they fit
    let count = 140_000
    let shape = LayerCase.need (WeightShape.create WeightLayout.OI 1 [ 1; count ])
    let weights = Seq.init count (fun i -> if i < 2 then 127y else 64y)

    let layer =
        { PairSumsTests.layerOfShape pairs16 shape weights with
            Input = LayerCase.need (Encoding.ofStep 1.0 -1 ScalarType.Int8)
            Shift = Channelwise.perTensor 24
        }

    Assert.True(int64 (count / 2) * 255L * 128L > int64 Int32.MaxValue)
    Assert.True((FastExecutor.prepare layer).IsVectorised)

    for value in [ 127; -128; 3 ] do
        let run =
            {
                Layer = layer
                Sizes = [ 1; count ]
                Values = Array.create count value
            }

        for way in ways do
            Assert.Equal(None, differs run way 1)
