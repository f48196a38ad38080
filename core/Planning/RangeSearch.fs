namespace QuantFunctional

open System

/// How the range of a tensor is chosen from the values that it took.
[<RequireQualifiedAccess; NoComparison>]
type RangeMethod =
    /// From the smallest to the largest value.
    | MinMax
    /// So that this percentage of the values, above 0 and at most 100, lies in it, and half of the others beyond each end.
    | Percentile of Percent: decimal
    /// The range of the least expected squared error of rounding and clipping.
    | LeastSquares
    /// Least squares where that lowers the measured error of the model's outputs, else from the smallest to the largest.
    | Auto

    /// As the command line names it.
    override m.ToString() =
        match m with
        | MinMax -> "minmax"
        | Percentile percent -> FormattableString.Invariant $"percentile:{percent}"
        | LeastSquares -> "mse"
        | Auto -> "auto"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Chooses ranges from histograms, in integers, so that every machine chooses the same.
[<RequireQualifiedAccess>]
module RangeSearch =

    /// How many ends of a range least squares tries on each side.
    let private mostEnds = 128

    /// What clipping at one end costs, for each end: Σ count·(distance of the bin's middle)², in quarters of a bin's square.
    let private clipping (counts: ImmutableArray<int64>) : Int128 array =
        let cost = Array.zeroCreate<Int128>(ValueHistogram.bins + 1)
        let mutable beyond, distances = Int128.Zero, Int128.Zero

        // (2k + 1 − 2·end)² for the next lower end is (d + 2)² = d² + 4d + 4
        for last in ValueHistogram.bins - 1 .. -1 .. 0 do
            let counted = Int128.op_Implicit counts[last]
            cost[last] <- cost[last + 1] + Int128.op_Implicit 4 * distances + Int128.op_Implicit 4 * beyond + counted
            distances <- distances + Int128.op_Implicit 2 * beyond + counted
            beyond <- beyond + counted

        cost

    /// How many values lie before each end.
    let private before (counts: ImmutableArray<int64>) : int64 array = Array.scan (+) 0L (Seq.toArray counts)

    let private ends (counts: ImmutableArray<int64>) : int array =
        let top = ValueHistogram.top counts
        let stride = (top + mostEnds - 1) / mostEnds |> max 1

        [|
            for k in top .. -stride .. 1 do
                k

            0
        |]

    /// The ends that are tried, below and above zero in bins, and what each pair costs: the expected squared error of all
    /// values but exact zeros, times 48·levels² and over the square of a bin's width. A value inside is rounded to levels
    /// steps of the range, which leaves a twelfth of a step's square; a value outside is its distance from the end away.
    let internal costs (symmetric: bool) (levels: int) (histogram: ValueHistogram) : (struct (int * int) * Int128) seq =
        let below, above = clipping histogram.Negative, clipping histogram.Positive
        let lower, upper = before histogram.Negative, before histogram.Positive

        let weight =
            Int128.op_Implicit 12 * Int128.op_Implicit levels * Int128.op_Implicit levels

        let cost low high =
            let width = Int128.op_Implicit (2 * (low + high))
            let inside = Int128.op_Implicit (lower[low] + upper[high])
            struct (low, high), inside * width * width + weight * (below[low] + above[high])

        let lows, highs = ends histogram.Negative, ends histogram.Positive

        if symmetric then
            let all = if lows[0] > highs[0] then lows else highs
            Seq.map (fun edge -> cost edge edge) all
        else
            seq {
                for low in lows do
                    for high in highs do
                        cost low high
            }

    let private real (histogram: ValueHistogram) (struct (low, high)) : struct (float * float) =
        let at (edge: int) =
            Math.ScaleB(float edge, histogram.Exponent)

        struct (-(at low) + 0.0, at high)

    /// The range, 0 included, of the least expected squared error when values are rounded to `levels` steps of it and clipped
    /// to it, over all pairs of the ends that are tried: every 128th part of the values' extent on each side. Of equal ones
    /// the widest. `symmetric` asks for ends equally far from zero.
    let leastSquares (symmetric: bool) (levels: int) (histogram: ValueHistogram) : struct (float * float) =
        costs symmetric levels histogram |> Seq.minBy snd |> fst |> real histogram

    /// The narrowest range of whole bins, 0 included, beyond each end of which at most half of (100 − percent) % of all
    /// values lie.
    let percentile (percent: decimal) (histogram: ValueHistogram) : struct (float * float) =
        let outside =
            Decimal.Floor(decimal (ValueHistogram.count histogram) * (100m - percent) / 200m)

        let edge (counts: ImmutableArray<int64>) =
            let mutable last = ValueHistogram.bins
            let mutable beyond = 0m

            while last > 0 && beyond + decimal counts[last - 1] <= outside do
                beyond <- beyond + decimal counts[last - 1]
                last <- last - 1

            last

        real histogram struct (edge histogram.Negative, edge histogram.Positive)
