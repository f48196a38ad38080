module QuantFunctional.Tests.RangeSearchTests

open System
open System.Collections.Immutable
open System.Numerics
open Xunit
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Tests.ValueHistogramTests

/// The cost of a range in bins, value by value: a twelfth of a step's square inside, the square of the distance outside.
let private bruteForce (levels: int) (h: ValueHistogram) (low: int) (high: int) : BigInteger =
    let levels = BigInteger levels
    let width = BigInteger(2 * (low + high))
    let mutable cost = BigInteger.Zero

    for counts, edge in [ h.Negative, low; h.Positive, high ] do
        for k in 0 .. ValueHistogram.bins - 1 do
            if counts[k] > 0L then
                let each =
                    if k < edge then
                        width * width
                    else
                        let distance = BigInteger(2 * k + 1 - 2 * edge)
                        BigInteger 12 * levels * levels * distance * distance

                cost <- cost + BigInteger counts[k] * each

    cost

let private inBins (h: ValueHistogram) (value: float) = int (Math.ScaleB(value, -h.Exponent))

[<Property(Arbitrary = [| typeof<Values> |], MaxTest = 40)>]
let ``least squares finds what a search over every pair of ends finds`` (values: float32 array) (symmetric: bool) =
    let h = ValueHistogram.ofValues values
    let levels = if symmetric then 254 else 255
    let all = RangeSearch.costs symmetric levels h |> Seq.toArray
    let struct (low, high) = RangeSearch.leastSquares symmetric levels h
    let chosen = bruteForce levels h (inBins h -low) (inBins h high)

    for struct (low, high), cost in Seq.indexed all |> Seq.filter (fun (i, _) -> i % 37 = 0) |> Seq.map snd do
        Assert.Equal(bruteForce levels h low high, BigInteger.Parse(cost.ToString()))

    Assert.Equal(all |> Seq.map (snd >> string >> BigInteger.Parse) |> Seq.min, chosen)

[<Property(Arbitrary = [| typeof<Values> |], MaxTest = 40)>]
let ``the ends that are tried reach over all values and lie at most a 128th of their extent apart``
    (values: float32 array)
    =
    let h = ValueHistogram.ofValues values
    let pairs = RangeSearch.costs false 255 h |> Seq.map fst |> Seq.toArray

    for top, ends in
        [
            ValueHistogram.top h.Negative, pairs |> Seq.map (fun (struct (low, _)) -> low)
            ValueHistogram.top h.Positive, pairs |> Seq.map (fun (struct (_, high)) -> high)
        ] do
        let ends = ends |> Seq.distinct |> Seq.sortDescending |> Seq.toArray
        Assert.Equal(top, ends[0])
        Assert.Equal(0, Array.last ends)

        for wide, narrow in Array.pairwise ends do
            Assert.True(wide - narrow <= max 1 ((top + 127) / 128))

    let farther = max (ValueHistogram.top h.Negative) (ValueHistogram.top h.Positive)

    Assert.Equal(struct (farther, farther), RangeSearch.costs true 254 h |> Seq.head |> fst)

[<Fact>]
let ``of ranges that cost the same the widest is taken`` () =
    let levels = 255L

    for top in 2L .. 128L do
        // a values in the first bin and c in the last cost 4(a + c)·top² with both inside, and 4a(top − 1)² + 12c·levels² with
        // the last one clipped, which is the same here; every other end costs more
        let first, last = 3L * levels * levels - top * top, 2L * top - 1L

        let counts =
            Array.init ValueHistogram.bins (fun k ->
                if k = 0 then first
                elif int64 k = top - 1L then last
                else 0L)
            |> ImmutableArray.Create<int64>

        match ValueHistogram.create ValueHistogram.lowestExponent 0L ValueHistogram.empty.Negative counts with
        | Error why -> failwith why
        | Ok h ->
            let costs =
                RangeSearch.costs false (int levels) h
                |> Seq.map (fun (struct (_, high), cost) -> int64 high, cost)
                |> Map.ofSeq

            Assert.Equal(costs[top], costs[top - 1L])
            let struct (_, high) = RangeSearch.leastSquares false (int levels) h
            Assert.Equal(int top, inBins h high)

[<Fact>]
let ``a far outlier of many values is clipped, a uniform tensor is not`` () =
    let uniform = Array.init 100_000 (fun i -> float32 i / 100_000.0f)

    let struct (low, high) =
        RangeSearch.leastSquares false 255 (ValueHistogram.ofValues uniform)

    Assert.Equal((0.0, 1.0), (low, high))

    let doubled h = ValueHistogram.merge h h

    let many =
        ValueHistogram.ofValues uniform |> doubled |> doubled |> doubled |> doubled |> doubled

    let struct (low, high) =
        RangeSearch.leastSquares false 255 (ValueHistogram.merge many (ValueHistogram.ofValues [ 40.0f ]))

    Assert.Equal(0.0, low)
    // n·b²/(12·255²) + (40 − b)² is least at b = 40/(1 + n/(12·255²)) = 7.84
    Assert.InRange(high, 7.5, 8.2)

[<Fact>]
let ``exact zeros cost nothing, so that what else there is counts alone`` () =
    let few = Array.init 64 (fun i -> float32 (i + 1))
    let counted = ValueHistogram.ofValues few

    let withZeros =
        ValueHistogram.ofValues (Array.append (Array.zeroCreate<float32> 1_000_000) few)

    Assert.Equal<_ seq>(RangeSearch.costs false 255 counted, RangeSearch.costs false 255 withZeros)

[<Property(Arbitrary = [| typeof<Values> |])>]
let ``beyond each end of a percentile lies at most its half, and one bin less would leave more``
    (values: float32 array)
    (tenths: uint16)
    =
    let percent = 100m - decimal (tenths % 500us) / 10m
    let h = ValueHistogram.ofValues values
    let struct (low, high) = RangeSearch.percentile percent h
    let outside = Math.Floor(decimal values.Length * (100m - percent) / 200m)

    for counts, edge in [ h.Negative, inBins h -low; h.Positive, inBins h high ] do
        let beyond first =
            Seq.sum (Seq.skip first counts) |> decimal

        Assert.True(beyond edge <= outside)
        Assert.True(edge = 0 || beyond (edge - 1) > outside)

[<Fact>]
let ``half of what a percentile leaves out lies beyond each end`` () =
    // 2,000 values in bins of their own, of which one in a hundred is 10 on each side
    let values =
        Seq.append (Seq.init 1000 (fun i -> float32 (i + 1))) (Seq.init 1000 (fun i -> float32 -(i + 1)))

    let struct (low, high) = RangeSearch.percentile 99m (ValueHistogram.ofValues values)
    Assert.Equal((-991.0, 991.0), (low, high))

[<Fact>]
let ``every value lies in the hundredth percentile`` () =
    let h = ValueHistogram.ofValues [ -3.0f; 0.0f; 5.0f ]
    let struct (low, high) = RangeSearch.percentile 100m h
    Assert.True(low <= -3.0 && low > -3.02 && high > 5.0 && high < 5.02)

[<Fact>]
let ``what was never seen has the range 0`` () =
    let struct (low, high) = RangeSearch.leastSquares false 255 ValueHistogram.empty
    Assert.Equal((0.0, 0.0), (low, high))
    let struct (low, high) = RangeSearch.percentile 99.9m ValueHistogram.empty
    Assert.Equal((0.0, 0.0), (low, high))

[<Fact>]
let ``methods are named as the command line names them`` () =
    Assert.Equal<string list>(
        [ "minmax"; "percentile:99.99"; "mse"; "auto" ],
        [
            RangeMethod.MinMax
            RangeMethod.Percentile 99.99m
            RangeMethod.LeastSquares
            RangeMethod.Auto
        ]
        |> List.map string
    )
