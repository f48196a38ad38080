module QuantFunctional.Tests.ErrorBoundLimitsTests

open System.Collections.Immutable
open Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// One weight, no bias and the factor 1, which rounds nothing: what is left of the error is what the test is about.
let private layerOf (weight: sbyte) (shift: int) : IntegerLayer =
    let planned =
        PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt16 [| [| 1.0f |] |]
        |> PlainCase.wide
        |> PlainCase.plan

    { planned.Integers with
        Weights = ImmutableArray.Create weight
        Input = LayerCase.need (Encoding.ofStep 1.0 0 ScalarType.Int16)
        Output = LayerCase.need (Encoding.ofStep 1.0 0 ScalarType.Int16)
        Bias = ImmutableArray.Create 0L
        Multiplier = Channelwise.perTensor 1
        Shift = Channelwise.perTensor 0
        IntrinsicShift = Channelwise.perTensor shift
        OutputOffset = 0
        OutputRange = Interval.ofBits 16
    }

let private bound (layer: IntegerLayer) (claimed: float) (held: float) =
    ErrorBound.ofChannel layer (ValueSome claimed) held 0 (Bounds.ofChannel layer 0)

let private output (layer: IntegerLayer) (input: int) =
    let tensor =
        {
            Sizes = ImmutableArray.Create(1, 1)
            Values = ImmutableArray.Create<int> input
        }

    match Executor.run layer tensor with
    | Ok run -> float run.Output.Values[0]
    | Error fault -> failwith fault.Message

[<Theory>]
[<InlineData(1y, 1)>]
[<InlineData(127y, 1)>]
[<InlineData(-127y, 1)>]
[<InlineData(1y, 8)>]
[<InlineData(127y, 8)>]
[<InlineData(-127y, 8)>]
let ``P09 the bound holds for every input that the int15 split cuts, and is at most two steps wider``
    (weight: sbyte, shift: int)
    =
    let layer = layerOf weight shift

    let errors =
        [
            for input in -300 .. 300 do
                let real = float (input * int weight) / float (1 <<< shift)
                let found = output layer input

                if found > -32768.0 && found < 32767.0 then
                    abs (found - real)
        ]

    let bound = bound layer 1.0 1.0
    let largest = List.max errors
    Assert.True(largest <= bound, $"{largest} is beyond {bound}")
    Assert.InRange(bound, largest, largest + 2.0)

[<Theory>]
[<InlineData(1.25)>]
[<InlineData(0.8)>]
let ``P09 the bound holds for every output that does not saturate, where the factor is far from the scales``
    (claimed: float)
    =
    let layer =
        { layerOf 1y 1 with
            Path = ActivationPath.Int16
            Profile = BackendProfile.tfliteSingleRoundingInt32Accumulator
            IntrinsicShift = Channelwise.perTensor 0
            OutputRange = Interval.ofBits 8
        }

    let bound = bound layer claimed 1.0

    for input in -126 .. 126 do
        Assert.Equal(float input, output layer input)
        let apart = abs (float input - float input * claimed)
        Assert.True(apart <= bound, $"input {input}: {apart} is beyond {bound}")
