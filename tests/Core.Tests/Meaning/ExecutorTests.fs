module QuantFunctional.Tests.ExecutorTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// One sample of as many spatial positions as the kernel has, so that a plain geometry gives one output per channel.
let private input (q: IntegerLayer) (value: int -> int) : IntegerTensor =
    let channels = q.Shape.Inputs * q.Shape.Groups
    let sizes = [ 1; channels; yield! q.Shape.KernelSizes ]

    {
        Sizes = ImmutableArray.CreateRange sizes
        Values = ImmutableArray.CreateRange(Seq.init (channels * q.Shape.Positions) value)
    }

/// The inputs that an output channel reads, by input channel, then kernel position.
let private read (q: IntegerLayer) (tensor: IntegerTensor) (channel: int) =
    let first =
        channel / (q.Shape.Channels / q.Shape.Groups) * q.Shape.WeightsPerChannel

    Array.init q.Shape.WeightsPerChannel (fun i -> tensor.Values[first + i])

let private anyInput (seed: int) (q: IntegerLayer) =
    let random = Random seed
    let whole = q.InputRange
    let kind = random.Next 4

    input q (fun _ ->
        match kind with
        | 0 -> int whole.Low
        | 1 -> int whole.High
        | _ -> random.Next(int whole.Low, int whole.High + 1))

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 the executor gives what arbitrary precision gives, and stays in the certified intervals``
    (case: LayerCase)
    (seed: int)
    =
    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let tensor = anyInput seed q

        match Executor.run q tensor with
        | Error fault -> false |> Prop.label fault.Message
        | Ok run ->
            [ 0 .. q.Shape.Channels - 1 ]
            |> List.map (fun channel ->
                let inputs = read q tensor channel
                let _, product = Tiny.products q channel inputs
                let bounds = Bounds.ofChannel q channel

                let inside intermediate (value: int64) =
                    let bound = bounds |> List.find (fun bound -> bound.Intermediate = intermediate)
                    bound.Smallest <= bigint value && bigint value <= bound.Largest

                (bigint run.Products[channel] = product |> Prop.label "product")
                .&. (bigint run.Output.Values[channel] = Tiny.output q channel inputs |> Prop.label "output")
                .&. (inside Intermediate.Product run.Products[channel] |> Prop.label "product inside")
                .&. (inside Intermediate.ProductAndBias run.Accumulators[channel] |> Prop.label "sum inside")
                |> Prop.label $"channel {channel}")
            |> List.reduce (.&.)
            |> Prop.classify (q.Path = ActivationPath.Int15) "int15"
            |> Prop.classify (q.Path = ActivationPath.Int16) "int16"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P07 zero points in, everywhere and beyond the border, give the zero point`` (case: LayerCase) (seed: int) =
    let plain =
        { case with
            Bias = [||]
            Correction = Correction.Off
        }

    match LayerCase.plan plain with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers
        let axes = q.Shape.KernelSizes.Length
        let random = Random seed

        let some lowest =
            ImmutableArray.CreateRange(Seq.init axes (fun _ -> random.Next(lowest, 4)))

        let padded =
            { q with
                Geometry =
                    {
                        Strides = some 1
                        Pads = (some 0).AddRange(some 0)
                        Dilations = some 1
                        IsTransposed = axes > 0 && random.Next 2 = 0
                    }
            }

        let zeros = input q (fun _ -> q.Input.ZeroPoint)

        let zeroPoint =
            Math.Clamp(int64 q.Output.ZeroPoint, q.OutputRange.Low, q.OutputRange.High)

        match Executor.run padded zeros with
        | Error fault -> false |> Prop.label fault.Message
        | Ok run ->
            run.Output.Values
            |> Seq.forall (fun value -> int64 value = zeroPoint)
            |> Prop.classify (not run.Output.Values.IsEmpty) "outputs"

[<Fact>]
let ``an input of another shape, outside its type, or that overflows is refused by its place`` () =
    let weights = [| [| 1.0f; -0.5f |]; [| 0.25f; 2.0f |] |]

    let q =
        (PlainCase.plan (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 weights)).Integers

    let good = input q (fun _ -> 127)

    match Executor.run q { good with Sizes = good.Sizes.Add 1 } with
    | Error(ExecutionFault.InputShape _) -> ()
    | other -> failwith $"{other}"

    match
        Executor.run
            q
            { good with
                Values = good.Values.SetItem(1, 128)
            }
    with
    | Error(ExecutionFault.InputOutOfRange(1, 128)) -> ()
    | other -> failwith $"{other}"

    let far =
        { q with
            Bias = q.Bias.SetItem(1, int64 Int32.MaxValue)
        }

    match Executor.run far good with
    | Error(ExecutionFault.Overflow("product and bias", 1, 1, _)) -> ()
    | other -> failwith $"{other}"
