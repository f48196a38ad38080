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
open QuantFunctional.Testing.FastRuns

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 600)>]
let ``P11 the fast executor gives the plain one's outputs and faults, in every way and number of threads``
    (case: FastCase)
    =
    let run = FastCase.run case
    let prepared = FastExecutor.prepare run.Layer

    List.allPairs ways [ 1; 2 ]
    |> List.tryPick (fun (way, threads) -> differs run way threads)
    |> function
        | Some difference -> false |> Prop.label difference
        | None -> true |> Prop.label ""
    |> Prop.classify prepared.IsVectorised $"vectors, {run.Layer.Path}"
    |> Prop.classify (not prepared.IsVectorised) "left to the plain loops"
    |> Prop.classify run.Layer.Geometry.IsTransposed "transposed"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P11 the fast executor gives the plain one's outputs for every layer that was planned``
    (case: LayerCase)
    (seed: int)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let layer = planned.Integers
        let random = Random seed
        let whole = layer.InputRange

        let sizes =
            [ 2; layer.Shape.Inputs * layer.Shape.Groups; yield! layer.Shape.KernelSizes ]

        let run =
            {
                Layer = layer
                Sizes = sizes
                Values = Array.init (List.fold (*) 1 sizes) (fun _ -> random.Next(int whole.Low, int whole.High + 1))
            }

        let prepared = FastExecutor.prepare layer

        match differs run ("the best", Preparation.best) 1 with
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
let ``P11 every number of places and of channels around a tile gives the plain outputs in every way`` () =
    for way in ways do
        for size in 1..100 do
            let run =
                FastCase.run
                    { plainConvolution 3 3 [ 1 ] [ size ] with
                        Seed = size
                        Profile = size
                    }

            Assert.Equal(None, differs run way 1)

        for channels in 1..18 do
            let run =
                FastCase.run
                    { plainConvolution channels channels [ 2; 3 ] [ 4; 5 ] with
                        Seed = channels
                        Profile = channels
                    }

            Assert.Equal(None, differs run way 1)

            let product =
                FastCase.run
                    { plainConvolution (17 * channels) channels [] [] with
                        Seed = channels
                        Samples = channels
                    }

            Assert.Equal(None, differs product way 2)

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 200)>]
let ``bytes in give the bytes that whole numbers in give`` (case: FastCase) =
    let run = FastCase.run case
    let prepared = FastExecutor.prepare run.Layer

    let bytes =
        {
            ByteTensor.Sizes = run.Tensor.Sizes
            Values =
                ImmutableArray.CreateRange(run.Values |> Seq.map (fun value -> sbyte (Math.Clamp(value, -128, 127))))
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
        let wholes = FastExecutor.run 1 prepared tensor

        let found =
            FastExecutor.runBytes 2 prepared bytes
            |> Result.map (fun output ->
                {
                    IntegerTensor.Sizes = output.Sizes
                    Values = ImmutableArray.CreateRange(output.Values, int)
                })

        match wholes with
        | Error _ -> ()
        | Ok output ->
            let own = Array.zeroCreate output.Values.Length
            Assert.True(Result.isOk (FastExecutor.runBytesInto 1 prepared bytes own))
            Assert.Equal<int>(output.Values, Seq.map int own)

        said found = said wholes |> Prop.classify false "wider outputs"

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 200)>]
let ``the output alone is that of the run that keeps every intermediate, faults included`` (case: FastCase) =
    let run = FastCase.run case
    said (Executor.output run.Layer run.Tensor) = plainly run

[<Fact>]
let ``the vector loops run the layers of every path, and leave to the plain ones what int32 does not hold`` () =
    for profile in 0 .. FastCase.profiles.Length - 1 do
        let run =
            FastCase.run
                { plainConvolution 4 4 [ 3; 3 ] [ 5; 5 ] with
                    Profile = profile
                }

        Assert.True((FastExecutor.prepare run.Layer).IsVectorised, $"{FastCase.profiles[profile]}")

        let far =
            { run.Layer with
                Bias = run.Layer.Bias.SetItem(1, int64 Int32.MaxValue)
            }

        Assert.False((FastExecutor.prepare far).IsVectorised)
        Assert.Equal(None, differs { run with Layer = far } (pairs 512) 1)

[<Fact>]
let ``inputs of another shape or outside their type are refused as the plain executor refuses them`` () =
    let run = FastCase.run (plainConvolution 2 3 [ 2; 2 ] [ 3; 3 ])
    let outside = Array.copy run.Values
    outside[7] <- 40000

    for wrong in [ { run with Sizes = 1 :: run.Sizes }; { run with Values = outside } ] do
        Assert.Equal(None, differs wrong (pairs 512) 1)
