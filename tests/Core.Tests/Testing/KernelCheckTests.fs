module QuantFunctional.Tests.KernelCheckTests

open System
open System.Collections.Immutable
open Xunit
open Xunit.Abstractions
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private kernelOf (peer: PeerKernel) =
    Kernel(fun layer input -> PeerKernel.run peer layer input)

/// Half away from zero in place of ties up.
let private halfAway: PeerKernel =
    { PeerKernel.honest with
        Requantize =
            fun layer channel sum ->
                let exact =
                    Exact.ofBig (sum * bigint layer.Multiplier[channel]) * Exact.pow2 -layer.Shift[channel]

                let size = Exact.floor (abs exact + Exact.pow2 -1)
                if sum < 0I then -size else size
    }

let private withoutInputZeroPoint: PeerKernel =
    { PeerKernel.honest with
        Understood =
            fun layer ->
                { layer with
                    Input = Encoding.ofStep layer.Input.StepSize 0 layer.Input.Type |> LayerCase.need
                }
    }

let private on profile = KernelOptions(Profiles = [ profile ])

let private found (peer: PeerKernel) (options: KernelOptions) =
    match KernelCheck.Run(kernelOf peer, options).Counterexample with
    | NonNull found -> found
    | Null -> failwith "no difference was found"

let private count (counterexample: KernelCounterexample) =
    let case = counterexample.Case
    case.Layer.Shape.Channels, case.Layer.Shape.Count, case.Input.Values.Length

type KernelCheckTests(output: ITestOutputHelper) =

    let minimal name peer options =
        let counterexample = found peer options
        output.WriteLine $"{name}: {counterexample.Message}"
        counterexample

    [<Fact>]
    member _.``a kernel in arbitrary precision agrees on every profile, path, layout and geometry``() =
        let options =
            KernelOptions(Layouts = (Layouts.all |> List.map fst), Tests = 600, MostInputs = 12)

        let report = KernelCheck.Run(kernelOf PeerKernel.honest, options)
        output.WriteLine report.Message
        Assert.True(report.Passed, report.Message)
        Assert.Equal(600, report.Layers)

        let kinds = report.Classes |> Seq.map _.Name |> Set.ofSeq

        for kind in
            [
                "on the int8 path"
                "on the int15 path"
                "on the int16 path"
                "matrix products"
                "1-D convolutions"
                "2-D convolutions"
                "3-D convolutions"
                "per channel"
                "grouped"
                "with strides"
                "padded"
                "dilated"
                "transposed"
                "with an input zero point"
                "with an output zero point"
                "with a clamp at the zero point"
                "of several samples"
                "with a tie to round"
                "with an output at an end of its range"
            ] do
            Assert.Contains(kind, kinds)

    [<Fact>]
    member _.``the fast executor agrees on every profile, path, layout and geometry``() =
        let fast =
            Kernel(fun layer input ->
                match FastExecutor.run 2 (FastExecutor.prepare layer) input with
                | Ok output -> output
                | Error fault -> invalidOp fault.Message)

        let options =
            KernelOptions(Layouts = (Layouts.all |> List.map fst), Tests = 600, Seed = 10_000)

        let report = KernelCheck.Run(fast, options)
        Assert.True(report.Passed, report.Message)

    [<Fact>]
    member _.``ties rounded away from zero are found, and shrunk to one weight and one input``() =
        for profile in [ BackendProfile.tfliteSingleRounding; BackendProfile.reference ] do
            let counterexample = minimal profile.Name halfAway (on profile)
            Assert.Equal((1, 1, 1), count counterexample)
            Assert.Equal(-1L, counterexample.Case.Layer.Bias[0])
            Assert.Equal(0, counterexample.Case.Input.Values[0])

            match counterexample.Fault with
            | KernelFault.WrongOutput(0, 0, found, expected) -> Assert.Equal(expected - 1, found)
            | other -> failwith $"{other}"

    [<Fact>]
    member _.``a forgotten input zero point is found, and shrunk to one weight and one input``() =
        let counterexample =
            minimal "zero point" withoutInputZeroPoint (on BackendProfile.tflite)

        Assert.Equal((1, 1, 1), count counterexample)
        Assert.NotEqual(0, counterexample.Case.Layer.Input.ZeroPoint)

    [<Fact>]
    member _.``padding with 0 in place of the zero point is found, and shrunk to one weight and one pad``() =
        let zeros =
            { PeerKernel.honest with
                Pad = fun _ -> 0
            }

        let counterexample = minimal "pads" zeros (on BackendProfile.tflite)
        Assert.Equal((1, 1, 1), count counterexample)
        Assert.Equal(1, Seq.sum counterexample.Case.Layer.Geometry.Pads)

    [<Fact>]
    member _.``a stride that is one too large is found, and shrunk to one weight and the three inputs that it takes``
        ()
        =
        let larger =
            { PeerKernel.honest with
                Stride = fun stride -> if stride > 1 then stride + 1 else stride
            }

        let counterexample = minimal "stride" larger (on BackendProfile.tflite)
        let channels, weights, inputs = count counterexample
        Assert.Equal((1, 1), (channels, weights))
        Assert.InRange(inputs, 2, 3)
        Assert.Equal(2, Seq.max counterexample.Case.Layer.Geometry.Strides)

    [<Fact>]
    member _.``a kernel that does not know groups is found with two groups of one channel``() =
        let groupless (layer: IntegerLayer) (input: IntegerTensor) =
            if layer.Shape.Groups = 1 then
                PeerKernel.run PeerKernel.honest layer input
            else
                // every group reads the first one's inputs
                let group = input.Sizes[1] / layer.Shape.Groups
                let places = Seq.fold (*) 1 (Seq.skip 2 input.Sizes)

                let value i =
                    let channel = i / places % input.Sizes[1]
                    input.Values[i + (channel % group - channel) * places]

                PeerKernel.run
                    PeerKernel.honest
                    layer
                    { input with
                        Values = ImmutableArray.CreateRange(Seq.init input.Values.Length value)
                    }

        match KernelCheck.Run(Kernel groupless, on BackendProfile.tflite).Counterexample with
        | NonNull found ->
            output.WriteLine found.Message
            Assert.Equal((2, 2, 2), count found)
        | Null -> failwith "no difference was found"

    [<Fact>]
    member _.``what a kernel throws is told, and shrinking does not slip to another fault``() =
        let throwing (layer: IntegerLayer) (input: IntegerTensor) =
            if layer.Shape.Channels > 1 then
                raise (NotSupportedException "one channel alone")
            elif layer.Shape.Inputs > 3 then
                { input with
                    Values = ImmutableArray.Empty
                }
            else
                PeerKernel.run PeerKernel.honest layer input

        let weights = Array.init 3 (fun _ -> [| 1.0f; -0.5f; 0.25f; 0.75f; 0.125f |])

        let layer =
            (PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights)).Integers

        let input =
            {
                Sizes = ImmutableArray.Create(1, 5)
                Values = ImmutableArray.Create(1, 2, 3, 4, 5)
            }

        match KernelCheck.Run(Kernel throwing, layer, input).Counterexample with
        | NonNull found ->
            Assert.Contains("the kernel threw NotSupportedException: one channel alone", found.Message)
            Assert.Equal((2, 2, 1), count found)
        | Null -> failwith "no difference was found"

    [<Fact>]
    member _.``an output of another shape, or none, is told with both shapes``() =
        let short =
            Kernel(fun _ input ->
                { input with
                    Values = ImmutableArray.Create 7
                })

        let none = Kernel(fun _ _ -> Unchecked.defaultof<IntegerTensor>)

        for kernel, text in [ short, " with 1 values, expected "; none, "returned nothing, expected " ] do
            match KernelCheck.Run(kernel, on BackendProfile.onnxRuntime).Counterexample with
            | NonNull found -> Assert.Contains(text, found.Message)
            | Null -> failwith "no difference was found"

    [<Fact>]
    member _.``the seed that is told finds the layer again as the first one``() =
        let once = found halfAway (on BackendProfile.reference)

        let again =
            KernelCheck.Run(
                kernelOf halfAway,
                KernelOptions(Profiles = [ BackendProfile.reference ], Seed = once.Seed, Tests = 1)
            )

        match again.Counterexample with
        | NonNull again -> Assert.Equal(once.Message, again.Message)
        | Null -> failwith "not found again"
