module QuantFunctional.Tests.RequantizationStepsTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private step (bare: int) (value: int) : RequantizationStep =
    {
        Intermediate = Intermediate.Multiplied
        Bits = 8
        Bare = bigint bare
        Value = bigint value
    }

[<Fact>]
let ``an integer holds its ends and nothing beyond, before the rounding constant is added too`` () =
    Assert.True((step -128 127).Holds)
    Assert.False((step -129 -120).Holds)
    Assert.False((step 127 128).Holds)
    Assert.Equal(-129I, (step -129 -120).Farthest)
    Assert.Equal(128I, (step 127 128).Farthest)

[<Property(Arbitrary = [| typeof<FastCases> |], MaxTest = 500)>]
let ``the accumulators of which every step is held end where one is not`` (case: FastCase) (lower: uint8) =
    let run = FastCase.run case

    let layer =
        { run.Layer with
            Shift = Channelwise.map (fun shift -> shift - int lower % 40) run.Layer.Shift
        }

    let whole = Interval.ofBits layer.Accumulator.Bits

    let isHeld channel (sum: int64) =
        RequantizationSteps.ofAccumulator layer channel (bigint sum) |> List.forall _.Holds

    [ 0 .. layer.Shape.Channels - 1 ]
    |> List.map (fun channel ->
        let held = RequantizationSteps.held layer channel

        let ends inside outside limit =
            isHeld channel inside && (inside = limit || not (isHeld channel outside))

        (held.Low > held.High && not (isHeld channel 0L)
         || ends held.Low (held.Low - 1L) whole.Low && ends held.High (held.High + 1L) whole.High)
        |> Prop.label $"channel {channel}: {held}"
        |> Prop.classify (held <> whole) "not all")
    |> List.reduce (.&.)

let private ofWeights profile (weights: float32 array) input =
    PlainCase.plan
        { PlainCase.ofWeights profile Precision.TfliteInt8 [| weights |] with
            InputType = input
            Low = -1e8
            High = 1e8
        }

let private run (layer: IntegerLayer) (values: int seq) =
    Executor.run
        layer
        {
            Sizes = ImmutableArray.Create(1, Seq.length values)
            Values = ImmutableArray.CreateRange values
        }

[<Fact>]
let ``P08 a half of the int15 path that leaves the accumulator is told, though the product is held`` () =
    let planned =
        (ofWeights BackendProfile.reference [| 1.0f |] ScalarType.Int16).Integers

    let layer =
        { planned with
            IntrinsicShift = Channelwise.perTensor IntrinsicShift.Hi
            Bias = ImmutableArray.Create 0L
            Profile =
                { planned.Profile with
                    Accumulator =
                        { planned.Profile.Accumulator with
                            Bits = 12
                        }
                }
        }

    match run layer [ 254 ] with
    | Error(ExecutionFault.Overflow(Intermediate.LowHalf, 12, 0, 0, value)) -> Assert.Equal(bigint (127 * 127), value)
    | other -> failwith $"{other}"

[<Fact>]
let ``P08 sums that int32 does not hold are those of the definition`` () =
    for count in [ 3; 511; 512; 1023; 1100 ] do
        let planned =
            (ofWeights BackendProfile.tflite (Array.create count 1.0f) ScalarType.Int16).Integers

        let layer =
            { planned with
                Weights = ImmutableArray.CreateRange(Seq.replicate count -128y)
                Multiplier = Channelwise.perTensor (1 <<< 30)
                Shift = Channelwise.perTensor 60
            }

        match run layer (Seq.replicate count -32768) with
        | Ok run -> Assert.Equal(int64 count <<< 22, run.Products[0])
        | Error fault -> failwith fault.Message
