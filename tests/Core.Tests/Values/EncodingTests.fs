module QuantFunctional.Tests.EncodingTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private formats = [ StepFormat.Float64; StepFormat.Float32 ]

[<Fact>]
let ``a quantization range is the whole type, symmetric without its lowest value`` () =
    let range asymmetric scalar =
        Encoding.quantizationRange asymmetric scalar |> Result.map (fun r -> r.Low, r.High)

    Assert.Equal(Ok(-128L, 127L), range true ScalarType.Int8)
    Assert.Equal(Ok(-127L, 127L), range false ScalarType.Int8)
    Assert.Equal(Ok(-7L, 7L), range false ScalarType.Int4)
    Assert.Equal(Ok(-32768L, 32767L), range true ScalarType.Int16)
    Assert.Equal(Ok(-2147483647L, 2147483647L), range false ScalarType.Int32)

    for scalar in
        [
            ScalarType.UInt4
            ScalarType.UInt8
            ScalarType.UInt16
            ScalarType.BFloat16
            ScalarType.Float32
        ] do
        Assert.Equal(Error(Refusal.NotASignedInteger scalar), range true scalar)

[<Theory>]
[<InlineData(0.0)>]
[<InlineData(-1.0)>]
[<InlineData(1e-39)>]
[<InlineData(1e39)>]
[<InlineData(Double.NaN)>]
[<InlineData(Double.PositiveInfinity)>]
let ``a step that float32 does not hold as a normal number is refused`` (step: float) =
    match Encoding.ofStep step 0 ScalarType.Int8 with
    | Error(Refusal.ScaleOutOfRange _) -> ()
    | other -> failwith $"{other}"

[<Theory>]
[<InlineData(-129)>]
[<InlineData(128)>]
let ``a zero point outside its type is refused`` (zeroPoint: int) =
    let refused: Result<Encoding, Refusal> =
        Error(Refusal.ZeroPointOutOfRange(zeroPoint, ScalarType.Int8))

    Assert.Equal(refused, Encoding.ofStep 1.0 zeroPoint ScalarType.Int8)

/// Ranges of any size and side, from two magnitudes.
let private range (a: float) (b: float) side =
    match side % 4 with
    | 0 -> -a, b
    | 1 -> 0.0, b
    | 2 -> -a, 0.0
    | _ -> min a b, max a b

let private encode (encoding: Encoding) (real: float) =
    Exact.floor (
        Exact.ofFloat real / Exact.ofFloat encoding.StepSize
        + Exact.ofInt encoding.ZeroPoint
        + Exact.pow2 -1
    )

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``a range's two ends and its zero are encoded within one step of the type``
    (PositiveSingle a)
    (PositiveSingle b)
    (PositiveInt side)
    =
    let low, high = range a b side

    List.allPairs formats [ true; false ]
    |> List.map (fun (format, asymmetric) ->
        match Encoding.ofRange format asymmetric ScalarType.Int8 low high with
        | Error refusal -> false |> Prop.label refusal.Message
        | Ok encoding ->
            let ends = List.map (encode encoding) [ min low 0.0; max high 0.0 ]
            let lowest = if asymmetric then -128 else -127

            let tiny = max -low high < 1e-35 // the step was raised to the smallest that float32 holds

            // the end farthest from 0 must use the type up, or the range would waste it
            let used =
                if asymmetric then
                    abs (float (ends[1] - ends[0]) - 255.0) <= 1.0
                else
                    abs (float (List.max (List.map abs ends)) - 127.0) <= 1.0

            (ends |> List.forall (fun e -> e >= bigint (lowest - 1) && e <= 128I)
             && (used || tiny)
             && (asymmetric || encoding.ZeroPoint = 0)
             && encoding.ZeroPoint >= -128
             && encoding.ZeroPoint <= 127)
            |> Prop.label $"{format} {asymmetric}: {low:R}..{high:R} gives {encoding.StepSize:R}, {encoding.ZeroPoint}")
    |> List.reduce (.&.)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``a float32 step survives the way to a Scale and back, and an encoding stays what it was`` (PositiveSingle step) =
    let wire = StepFormat.Float32
    let encoding = Encoding.ofStep step 0 ScalarType.Int8
    let width = 255.0 * step

    (Encoding.storedStep wire (1.0 / step) = step)
    .&. (Result.map (Encoding.stored wire) encoding = encoding)
    .&. (Encoding.storedStep wire (Encoding.storedScale wire 255.0 width) = Numbers.toSingle (width / 255.0))

[<Fact>]
let ``nothing but zero has the Scale 1, a tiny range the smallest step`` () =
    for format in formats do
        match
            Encoding.ofRange format true ScalarType.Int8 0.0 0.0,
            Encoding.ofRange format true ScalarType.Int8 0.0 1e-320
        with
        | Ok zero, Ok tiny ->
            Assert.Equal(1.0, zero.Scale)
            Assert.Equal(Numbers.smallestNormalSingle, tiny.StepSize)
            Assert.Equal(-128, tiny.ZeroPoint)
        | other -> failwith $"{other}"

[<Fact>]
let ``a range too wide for a float32 step is refused`` () =
    for format in formats do
        for low, high in [ 0.0, 1e42; Double.MinValue, Double.MaxValue ] do
            match Encoding.ofRange format true ScalarType.Int8 low high with
            | Error(Refusal.ScaleOutOfRange("the output", _)) -> ()
            | other -> failwith $"{other}"

[<Fact>]
let ``a Scale by a power of two keeps step and Scale reciprocal and the zero point`` () =
    match Encoding.ofStep 0.1 -5 ScalarType.Int8 with
    | Error refusal -> failwith refusal.Message
    | Ok encoding ->
        let scaled = Encoding.scalePow2 -3 encoding
        Assert.Equal(encoding.Scale / 8.0, scaled.Scale)
        Assert.Equal(encoding.StepSize * 8.0, scaled.StepSize)
        Assert.Equal(-5, scaled.ZeroPoint)
        Assert.True(Encoding.isStorable encoding)
        Assert.False(Encoding.isStorable (Encoding.scalePow2 130 encoding))
        Assert.False(Encoding.isStorable (Encoding.scalePow2 -140 encoding))

[<Theory>]
[<InlineData(0.0, -5)>]
[<InlineData(0.25, -5)>] // 0.5 steps: to the even neighbour
[<InlineData(0.75, -3)>] // 1.5 steps: to the even neighbour
[<InlineData(-1.0, -7)>]
[<InlineData(1e30, 127)>]
[<InlineData(-1e30, -128)>]
let ``a real number becomes its nearest step, within the type`` (real: float, expected: int) =
    match Encoding.ofStep 0.5 -5 ScalarType.Int8 with
    | Ok encoding -> Assert.Equal(expected, Encoding.quantize encoding real)
    | Error refusal -> failwith refusal.Message

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``an encoding is put together from its own parts, and from no others`` (PositiveSingle step) (zeroPoint: sbyte) =
    match Encoding.ofStep step (int zeroPoint) ScalarType.Int8 with
    | Error refusal -> false |> Prop.label refusal.Message
    | Ok encoding ->
        let ofParts scale =
            Encoding.ofParts scale step encoding.ZeroPoint ScalarType.Int8

        (ofParts encoding.Scale = Ok encoding |> Prop.label "its own")
        .&. (Result.map (fun (e: Encoding) -> e.Scale, e.StepSize) (ofParts (Math.BitIncrement encoding.Scale)) =
                 Ok(Math.BitIncrement encoding.Scale, step)
             |> Prop.label "the reciprocal of a reciprocal")
        .&. (Result.isError (ofParts (encoding.Scale * (1.0 + Math.ScaleB(1.0, -49)))) |> Prop.label "too far")
        .&. (Result.isError (ofParts -encoding.Scale) |> Prop.label "negative")

[<Fact>]
let ``parts that ofStep refuses are refused, whatever the Scale`` () =
    Assert.Equal(
        (Error(Refusal.ZeroPointOutOfRange(128, ScalarType.Int8)): Result<Encoding, Refusal>),
        Encoding.ofParts 1.0 1.0 128 ScalarType.Int8
    )

    for scale, step in [ nan, 1.0; infinity, 0.0; 1e40, 1e-40; 0.0, infinity ] do
        match Encoding.ofParts scale step 0 ScalarType.Int8 with
        | Error(Refusal.ScaleOutOfRange _) -> ()
        | other -> failwith $"{scale} {step}: {other}"

[<Fact>]
let ``a symmetric encoding in another type keeps its Scale and loses its zero point`` () =
    let encoding = Encoding.ofStep 0.1 -5 ScalarType.Int16 |> LayerCase.need
    let wide = Encoding.symmetric ScalarType.Int32 encoding
    Assert.Equal((encoding.Scale, encoding.StepSize, 0), (wide.Scale, wide.StepSize, wide.ZeroPoint))
    Assert.Equal(ScalarType.Int32, wide.Type)

[<Fact>]
let ``a range of as many steps as the type has keeps its steps`` () =
    let scale asymmetric low high =
        match Encoding.ofRange StepFormat.Float64 asymmetric ScalarType.Int8 low high with
        | Ok encoding -> encoding.Scale, encoding.ZeroPoint
        | Error refusal -> failwith refusal.Message

    Assert.Equal((1.0, 0), scale true -128.0 127.0)
    Assert.Equal((1.0, -128), scale true 0.0 255.0)
    Assert.Equal((1.0, 0), scale false -127.0 127.0)
    Assert.Equal((1.0, 0), scale false -1.0 127.0)
