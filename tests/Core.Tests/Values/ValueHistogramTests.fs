module QuantFunctional.Tests.ValueHistogramTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp

/// Finite values of every magnitude, many of them zeros and equal ones.
type Values =
    static member Values() : Arbitrary<float32 array> =
        let value =
            Gen.frequency
                [
                    2, Gen.constant 0.0f
                    1, Gen.constant -0.0f
                    4, Gen.choose (-1000, 1000) |> Gen.map (fun n -> float32 n / 64.0f)
                    2,
                    Gen.map2
                        (fun m e -> float32 (Math.ScaleB(float m, e)))
                        (Gen.choose (-4095, 4095))
                        (Gen.choose (-160, 115))
                    1, Gen.elements [ Single.MaxValue; -Single.MaxValue; Single.Epsilon; -Single.Epsilon ]
                ]

        value |> Gen.arrayOf |> Arb.fromGen

let private parts (h: ValueHistogram) =
    h.Exponent, h.Zeros, List.ofSeq h.Negative, List.ofSeq h.Positive

let private same (one: ValueHistogram) (other: ValueHistogram) = Assert.Equal(parts one, parts other)

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``any split, any order and any tree of merges counts what one run counts`` (values: float32 array) (seed: int) =
    let random = Random seed
    let shuffled = Array.copy values
    random.Shuffle shuffled
    let shards = Array.init 5 (fun _ -> ResizeArray<float32>())
    shuffled |> Array.iter (fun value -> shards[random.Next 5].Add value)
    let mutable trees = shards |> Array.map ValueHistogram.ofValues |> List.ofArray

    while trees.Length > 1 do
        let at = random.Next(1, trees.Length)

        trees <- ValueHistogram.merge trees[at] trees[at - 1] :: List.removeManyAt (at - 1) 2 trees

    same (ValueHistogram.ofValues values) trees.Head

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``every value lies in the bin that counts it, and the widest side fills more than half of its bins``
    (values: float32 array)
    =
    let h = ValueHistogram.ofValues values
    let width = Math.ScaleB(1.0, h.Exponent)

    let counted (sign: float) (k: int) =
        values
        |> Seq.filter (fun v ->
            sign * float v > 0.0 && abs (float v) >= float k * width && abs (float v) < float (k + 1) * width)
        |> Seq.length
        |> int64

    for k in 0..17 .. ValueHistogram.bins - 1 do
        Assert.Equal(counted 1.0 k, h.Positive[k])
        Assert.Equal(counted -1.0 k, h.Negative[k])

    Assert.Equal(int64 values.Length, ValueHistogram.count h)

    if h.Exponent > ValueHistogram.lowestExponent then
        Assert.InRange(
            max (ValueHistogram.top h.Negative) (ValueHistogram.top h.Positive),
            ValueHistogram.bins / 2 + 1,
            ValueHistogram.bins
        )

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``a histogram made of its own parts is the same`` (values: float32 array) =
    let h = ValueHistogram.ofValues values

    match ValueHistogram.create h.Exponent h.Zeros h.Negative h.Positive with
    | Ok again -> same h again
    | Error why -> failwith why

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``what counts values times a power of two is what counts the products`` (values: float32 array) (bits: sbyte) =
    let bits = int bits / 8

    let ordinary =
        values |> Array.filter (fun v -> v = 0.0f || (abs v > 1e-20f && abs v < 1e20f))

    let products = ordinary |> Array.map (fun v -> MathF.ScaleB(v, bits))
    same (ValueHistogram.ofValues products) (ValueHistogram.scalePow2 bits (ValueHistogram.ofValues ordinary))

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``clamped values lie in the bins of the clamped ones, whose width stays``
    (values: float32 array)
    (low: uint8)
    (high: uint8)
    =
    let low, high = -(float low), float high
    let h = ValueHistogram.ofValues values
    let clamped = ValueHistogram.clamp low high h
    Assert.Equal(h.Exponent, clamped.Exponent)
    Assert.Equal(ValueHistogram.count h, ValueHistogram.count clamped)
    let last = Math.ScaleB(high, -h.Exponent)

    if last < 1023.0 then
        Assert.Equal(int last + 1, max (int last + 1) (ValueHistogram.top clamped.Positive))
        Assert.Equal(Seq.sum (Seq.skip (int last) h.Positive), clamped.Positive[int last])

    same h (ValueHistogram.clamp Double.NegativeInfinity Double.PositiveInfinity h)

[<Fact>]
let ``parts that are no histogram are refused`` () =
    let none = ImmutableArray.Create<int64>(Array.zeroCreate<int64> ValueHistogram.bins)
    let few = none.SetItem(3, 1L)

    for exponent, zeros, negative, positive in
        [
            0, 0L, none, few // they would fit into narrower bins
            0, 0L, none.SetItem(511, 1L), none // so would these, just
            ValueHistogram.lowestExponent, -1L, none, none
            ValueHistogram.lowestExponent, 0L, none.SetItem(0, -1L), none
            ValueHistogram.lowestExponent, 0L, none.Add 0L, none
            ValueHistogram.lowestExponent, 0L, Unchecked.defaultof<ImmutableArray<int64>>, none
            ValueHistogram.lowestExponent - 1, 0L, none, none
            119, 0L, none, none.SetItem(1023, 1L)
        ] do
        Assert.True((ValueHistogram.create exponent zeros negative positive).IsError)

    Assert.True((ValueHistogram.create 0 0L (none.SetItem(512, 1L)) none).IsOk)
