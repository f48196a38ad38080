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

/// What the plain executor says, as text that tells outputs and faults apart.
let private said (result: Result<IntegerTensor, ExecutionFault>) =
    match result with
    | Ok output -> $"{List.ofSeq output.Sizes} " + String.Join(",", output.Values)
    | Error fault -> fault.Message

let private plainly (run: FastRun) =
    said (Executor.run run.Layer run.Tensor |> Result.map _.Output)

let private differs (run: FastRun) (width: int) (threads: int) =
    let prepared = Preparation.ofWidth width run.Layer

    let expected, found =
        plainly run, said (FastExecutor.run threads prepared run.Tensor)

    if expected = found then
        None
    else
        Some $"width {width}, {threads} threads: {found}\nnot {expected}"

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 600)>]
let ``P11 the fast executor gives the plain one's outputs and faults, on every width and number of threads``
    (case: FastCase)
    =
    let run = FastCase.run case
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
            let run =
                FastCase.run
                    { plainConvolution 3 3 [ 1 ] [ size ] with
                        Seed = size
                        Profile = size
                    }

            Assert.Equal(None, differs run width 1)

        for channels in 1..18 do
            let run =
                FastCase.run
                    { plainConvolution channels channels [ 2; 3 ] [ 4; 5 ] with
                        Seed = channels
                        Profile = channels
                    }

            Assert.Equal(None, differs run width 1)

            let product =
                FastCase.run
                    { plainConvolution (17 * channels) channels [] [] with
                        Seed = channels
                        Samples = channels
                    }

            Assert.Equal(None, differs product width 2)

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

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 300)>]
let ``one input outside its type is the fault of every executor, wherever it stands`` (case: FastCase) (at: uint16) =
    let run = FastCase.run case
    let values = Array.copy run.Values

    values.Length > 0
    ==> lazy
        (let range = run.Layer.InputRange

         let wrong =
             [| int range.High + 1; int range.Low - 1; Int32.MaxValue; Int32.MinValue |][int at % 4]

         values[int at % values.Length] <- wrong

         let prepared = FastExecutor.prepare run.Layer

         // a layer that overflows on its own inputs makes no output, so needs no room for one
         let room = FastExecutor.run 1 prepared run.Tensor |> Result.map _.Values.Length
         let into = Array.zeroCreate (Result.defaultValue 0 room)
         let run = { run with Values = values }
         let expected = plainly run

         said (FastExecutor.run 2 prepared run.Tensor) = expected
         && (FastExecutor.runInto 1 prepared run.Tensor into |> Result.mapError _.Message) = Error expected)

/// An array with room for one value more, filled with a number that no output is.
let private room (like: IntegerTensor) (filler: 'T) =
    Array.replicate (like.Values.Length + 1) filler

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 200)>]
let ``an array of one's own gets the same values, and nothing behind them`` (case: FastCase) =
    let run = FastCase.run case
    let prepared = FastExecutor.prepare run.Layer

    match FastExecutor.run 1 prepared run.Tensor with
    | Error fault ->
        let into = FastExecutor.runInto 1 prepared run.Tensor [||]
        into |> Result.mapError _.Message = Error fault.Message
    | Ok output ->
        let values = room output Int32.MinValue

        match FastExecutor.runInto 2 prepared run.Tensor values with
        | Ok sizes -> Assert.True(Seq.compareWith compare sizes output.Sizes = 0)
        | Error fault -> Assert.Fail fault.Message

        Assert.Equal<int>(Seq.append output.Values [ Int32.MinValue ], values)

        Assert.Throws<ArgumentException>(fun () ->
            FastExecutor.runInto 1 prepared run.Tensor (Array.zeroCreate (output.Values.Length - 1)) |> ignore)
        |> ignore

        true

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
        Assert.Equal(None, differs { run with Layer = far } 512 1)

[<Fact>]
let ``inputs of another shape or outside their type are refused as the plain executor refuses them`` () =
    let run = FastCase.run (plainConvolution 2 3 [ 2; 2 ] [ 3; 3 ])
    let outside = Array.copy run.Values
    outside[7] <- 40000

    for wrong in [ { run with Sizes = 1 :: run.Sizes }; { run with Values = outside } ] do
        Assert.Equal(None, differs wrong 512 1)
