module QuantFunctional.Tests.PlantedFaultTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private channel = 0

let private withBias value (q: IntegerLayer) =
    { q with
        Bias = q.Bias.SetItem(channel, value)
    }

let private withFirst change (values: Channelwise<int>) =
    Channelwise.init values (fun entry -> if entry = 0 then change values[0] else values[entry])

let private withMultiplier change (q: IntegerLayer) =
    { q with
        Multiplier = withFirst change q.Multiplier
    }

let private withShift change (q: IntegerLayer) =
    { q with
        Shift = withFirst change q.Shift
    }

let private withIntrinsicShift change (q: IntegerLayer) =
    { q with
        IntrinsicShift = withFirst change q.IntrinsicShift
    }

let private scaled exponent (encoding: Encoding) = Encoding.scalePow2 exponent encoding

let private accumulator (q: IntegerLayer) = Interval.ofBits q.Accumulator.Bits

/// Every weight at an end, and an accumulator of so few bits that their sum does not fit.
let private heavy weight (q: IntegerLayer) =
    let narrow (accumulator: Accumulator) = { accumulator with Bits = 12 }

    { q with
        Weights = ImmutableArray.CreateRange(Seq.replicate q.Weights.Length weight)
        Profile =
            { q.Profile with
                Accumulator = narrow q.Profile.Accumulator
                Int16Accumulator = narrow q.Profile.Int16Accumulator
            }
    }

let private isInt15 (q: IntegerLayer) = q.Path = ActivationPath.Int15

let private hasWeights (q: IntegerLayer) =
    q.Weights.AsSpan().IndexOfAnyExcept(0y) >= 0

let private isAlive (planned: QuantizedLayer) = not (planned.Plan.IsDead channel)

/// Plants a fault in the integers of the layers that it can be planted in.
let private integers (applies: QuantizedLayer -> bool) (plant: IntegerLayer -> IntegerLayer) =
    fun (planned: QuantizedLayer) ->
        if applies planned then
            Some(planned.Plan.WeightScale, plant planned.Integers)
        else
            None

let private always (_: QuantizedLayer) = true

/// Plants a fault in the scales that the layers claim.
let private claim exponent (planned: QuantizedLayer) =
    if isAlive planned then
        Some(Channelwise.map (Numbers.scalePow2 exponent) planned.Plan.WeightScale, planned.Integers)
    else
        None

let private faults: (string * (QuantizedLayer -> (Channelwise<float> * IntegerLayer) option)) list =
    [
        "a bias at the accumulator's upper end",
        integers (_.Integers >> hasWeights) (fun q -> withBias (accumulator q).High (heavy 127y q))
        "a bias at the accumulator's lower end",
        integers (_.Integers >> hasWeights) (fun q -> withBias (accumulator q).Low (heavy 127y q))
        "a bias above the accumulator", integers always (fun q -> withBias ((accumulator q).High + 1L) q)
        "a bias below the accumulator", integers always (fun q -> withBias ((accumulator q).Low - 1L) q)
        "weights whose products overflow upward", integers always (heavy 127y)
        "weights whose products overflow downward", integers always (heavy -128y)
        "a multiplier of 0", integers always (withMultiplier (fun _ -> 0))
        "a negative multiplier", integers always (withMultiplier (~-))
        "a multiplier of another scale", integers isAlive (withMultiplier (fun m -> m - m / 3 + 7))
        "a shift that is one too large", integers isAlive (withShift (fun shift -> shift + 1))
        "a shift that is one too small", integers isAlive (withShift (fun shift -> shift - 1))
        "a shift beyond what the target runs", integers isAlive (withShift (fun shift -> shift + 300))
        "a shift below what the target runs", integers isAlive (withShift (fun shift -> shift - 300))
        "a factor so large that the left shift leaves int32",
        integers
            (fun planned -> isAlive planned && planned.Integers.Rounding = RequantizationRounding.TwiceGemmlowp)
            (withMultiplier (fun _ -> 1 <<< 30) >> withShift (fun _ -> 1))
        "a factor so large that TFLite's single rounding leaves int32",
        integers
            (fun planned ->
                isAlive planned
                && planned.Integers.Profile.IsTflite
                && planned.Integers.Rounding = RequantizationRounding.OnceTiesUp)
            (withMultiplier (fun _ -> 1 <<< 30) >> withShift (fun _ -> 1))
        "an intrinsic shift that no path has", integers always (withIntrinsicShift (fun _ -> 5))
        "the other intrinsic shift of the int15 path",
        integers
            (fun planned -> isAlive planned && isInt15 planned.Integers)
            (withIntrinsicShift (fun h -> IntrinsicShift.Lo + IntrinsicShift.Hi - h))
        "a number added after the requantization that the output's type does not hold",
        integers (fun (planned: QuantizedLayer) -> planned.Plan.Output.Type <> ScalarType.Int32) (fun q ->
            { q with OutputOffset = 1 <<< 20 })
        "an output range that begins below the type",
        integers always (fun q ->
            { q with
                OutputRange =
                    { q.OutputRange with
                        Low = -(1L <<< 40)
                    }
            })
        "an output range that ends above the type",
        integers always (fun q ->
            { q with
                OutputRange = { q.OutputRange with High = 1L <<< 40 }
            })
        "an output range that is upside down",
        integers always (fun q ->
            { q with
                OutputRange =
                    {
                        Low = q.OutputRange.High
                        High = q.OutputRange.Low - 1L
                    }
            })
        "weight scales of another layer", claim 1
        "an input of another scale", integers isAlive (fun q -> { q with Input = scaled 1 q.Input })
        "an output of another scale", integers isAlive (fun q -> { q with Output = scaled -1 q.Output })
        "an input zero point on the path that has none",
        integers (fun planned -> planned.Integers.Path = ActivationPath.Int16) (fun q ->
            match Encoding.ofStep q.Input.StepSize 5 q.Input.Type with
            | Ok encoding -> { q with Input = encoding }
            | Error refusal -> invalidOp refusal.Message)
    ]

let names: TheoryData<string> = TheoryData<string>(List.map fst faults)

/// Whether the executor, on an input of one output place, meets what a witness says. Another channel may overflow before.
let private executorConfirms (q: IntegerLayer) (bound: Bound) (witness: ImmutableArray<int>) =
    let shape = q.Shape
    let channels = shape.Inputs * shape.Groups
    let group = bound.Channel / (shape.Channels / shape.Groups)
    let values = Array.create (channels * shape.Positions) q.Input.ZeroPoint
    witness.CopyTo(values, group * witness.Length)

    let input =
        {
            Sizes = ImmutableArray.CreateRange(1 :: channels :: List.ofSeq shape.KernelSizes)
            Values = ImmutableArray.Create<int> values
        }

    // the ends are those of the full sum, which pairs that saturate stay inside of
    let plain =
        { q with
            Geometry = Geometry.plain shape.KernelSizes.Length
            Profile =
                { q.Profile with
                    Products = ProductSums.InFull
                }
        }

    match Executor.run plain input with
    | Error(ExecutionFault.Overflow(intermediate, bits, channel, _, value)) when
        channel = bound.Channel && intermediate = bound.Intermediate
        ->
        bits = bound.Bits && (value = bound.Smallest || value = bound.Largest)
    | Error(ExecutionFault.Overflow(_, _, channel, _, _)) -> channel <= bound.Channel
    | _ -> false

[<Theory; MemberData(nameof names)>]
let ``P08 each kind of planted fault is refused, and the executor confirms the witness of an overflow`` (name: string) =
    let plant = faults |> List.find (fun (known, _) -> known = name) |> snd

    let planted =
        Gen.sampleWithSeed (FsCheck.Rnd 20260101UL) 20 400 LayerGen.case
        |> Seq.choose (LayerCase.plan >> Result.toOption)
        |> Seq.choose plant
        |> Seq.truncate 60
        |> List.ofSeq

    Assert.True(planted.Length >= 10, $"planted in {planted.Length} layers alone")

    for weightScale, layer in planted do
        let violations = (Certificate.ofLayer weightScale layer).Violations
        Assert.False(violations.IsEmpty, "not refused")

        for violation in violations do
            match violation with
            | Violation.Overflow(bound, witness) -> Assert.True(executorConfirms layer bound witness, violation.Message)
            | _ -> ()
