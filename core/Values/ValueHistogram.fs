namespace QuantFunctional

open System.Collections.Immutable

/// How often a tensor took which values: counts in bins of one width, a power of two, on both sides of zero, and the exact
/// zeros apart from them.
/// The width is the smallest at which 1,024 bins a side hold the largest value, and a wider bin is two narrower ones. So the
/// counts hang neither on the order of the values nor on how they were split (docs/arithmetic.md, histograms).
[<NoComparison>]
type ValueHistogram =
    internal
        {
            exponent: int
            zeros: int64
            negative: ImmutableArray<int64>
            positive: ImmutableArray<int64>
        }

    /// The width of a bin is 2 to this power, in units of the tensor.
    member h.Exponent = h.exponent

    /// How many values were exactly zero; no bin counts them.
    member h.Zeros = h.zeros

    /// Bin k counts the values v < 0 with k·2^Exponent ≤ −v < (k + 1)·2^Exponent.
    member h.Negative = h.negative

    /// Bin k counts the values v > 0 with k·2^Exponent ≤ v < (k + 1)·2^Exponent.
    member h.Positive = h.positive

    override h.ToString() =
        $"{h.zeros + Seq.sum h.negative + Seq.sum h.positive} values in bins of 2^{h.exponent}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

[<RequireQualifiedAccess>]
module ValueHistogram =

    /// How many bins there are on each side of zero.
    let bins = 1024

    /// The narrowest bins are 2 to this power wide, so that their reciprocal is a float32, too.
    let lowestExponent = -110

    /// The exponent at which bins hold values up to this magnitude, which must be finite.
    let exponentFor (magnitude: float) : int =
        if magnitude = 0.0 then
            lowestExponent
        else
            max lowestExponent (Math.ILogB magnitude - 9)

    let private immutable (counts: int64 array) =
        ImmutableCollectionsMarshal.AsImmutableArray counts

    /// The histogram of no value.
    let empty: ValueHistogram =
        {
            exponent = lowestExponent
            zeros = 0L
            negative = immutable (Array.zeroCreate bins)
            positive = immutable (Array.zeroCreate bins)
        }

    /// How many values it counts.
    let count (histogram: ValueHistogram) : int64 =
        histogram.zeros + Seq.sum histogram.negative + Seq.sum histogram.positive

    /// The bins in which something was counted end before this one.
    let top (counts: ImmutableArray<int64>) : int =
        let rec below k =
            if k > 0 && counts[k - 1] = 0L then below (k - 1) else k

        below bins

    /// The counts in bins 2^by times as wide.
    let private widened (by: int) (counts: ImmutableArray<int64>) : ImmutableArray<int64> =
        if by = 0 then
            counts
        else
            let wide = Array.zeroCreate bins

            for k in 0 .. bins - 1 do
                let at = if by > 10 then 0 else k >>> by
                wide[at] <- wide[at] + counts[k]

            immutable wide

    /// The same values in bins of 2^exponent, which must not be narrower.
    let private at (exponent: int) (histogram: ValueHistogram) : ValueHistogram =
        { histogram with
            exponent = exponent
            negative = widened (exponent - histogram.exponent) histogram.negative
            positive = widened (exponent - histogram.exponent) histogram.positive
        }

    /// Whether bins half as wide could not hold all values; nor may they be, at the lowest exponent.
    let private isNarrowest (exponent: int) (negative: ImmutableArray<int64>) (positive: ImmutableArray<int64>) =
        exponent = lowestExponent || max (top negative) (top positive) > bins / 2

    /// A histogram as it was counted. Refused: another number of bins, negative counts, and bins that are wider than they
    /// have to be, so that the same values never have two histograms.
    let create
        (exponent: int)
        (zeros: int64)
        (negative: ImmutableArray<int64>)
        (positive: ImmutableArray<int64>)
        : Result<ValueHistogram, string> =
        let fits (counts: ImmutableArray<int64>) =
            not counts.IsDefault && counts.Length = bins && counts |> Seq.forall (fun count -> count >= 0L)

        if not (fits negative && fits positive) || zeros < 0L then
            Error $"a histogram has {bins} counts of 0 and more on each side"
        elif exponent < lowestExponent || exponent > 118 then
            Error $"bins of 2^{exponent} are none that float32 needs"
        elif not (isNarrowest exponent negative positive) then
            Error $"bins of 2^{exponent} are wider than the values need"
        else
            Ok
                {
                    exponent = exponent
                    zeros = zeros
                    negative = negative
                    positive = positive
                }

    /// The histogram of the values of both.
    let merge (one: ValueHistogram) (other: ValueHistogram) : ValueHistogram =
        let exponent = max one.exponent other.exponent
        let one, other = at exponent one, at exponent other

        let added (first: ImmutableArray<int64>) (second: ImmutableArray<int64>) =
            immutable (Array.init bins (fun k -> first[k] + second[k]))

        {
            exponent = exponent
            zeros = one.zeros + other.zeros
            negative = added one.negative other.negative
            positive = added one.positive other.positive
        }

    /// The histogram of finite values.
    let ofValues (values: seq<float32>) : ValueHistogram =
        let values = Seq.toArray values

        let magnitude =
            values |> Array.fold (fun largest value -> max largest (abs (float value))) 0.0

        let exponent = exponentFor magnitude
        let negative, positive = Array.zeroCreate bins, Array.zeroCreate bins
        let mutable zeros = 0L

        for value in values do
            if value = 0.0f then
                zeros <- zeros + 1L
            else
                let side = if value < 0.0f then negative else positive
                let k = int (Math.ScaleB(abs (float value), -exponent))
                side[k] <- side[k] + 1L

        {
            exponent = exponent
            zeros = zeros
            negative = immutable negative
            positive = immutable positive
        }

    /// The histogram of all values times 2^bits.
    let scalePow2 (bits: int) (histogram: ValueHistogram) : ValueHistogram =
        if top histogram.negative = 0 && top histogram.positive = 0 then
            histogram
        else
            let exponent = histogram.exponent + bits

            if exponent >= lowestExponent then
                { histogram with exponent = exponent }
            else
                at lowestExponent { histogram with exponent = exponent }

    /// The histogram of the values clamped between low ≤ 0 and high ≥ 0, which may be infinite: what lies beyond one counts
    /// in the bin that holds it. The width of the bins stays.
    let clamp (low: float) (high: float) (histogram: ValueHistogram) : ValueHistogram =
        let side (limit: float) (counts: ImmutableArray<int64>) =
            let last = Math.ScaleB(limit, -histogram.exponent)

            if last >= float bins then
                counts
            else
                let last = int last

                Array.init bins (fun k ->
                    if k < last then counts[k]
                    elif k = last then Seq.sum (Seq.skip last counts)
                    else 0L)
                |> immutable

        { histogram with
            negative = side (max -low 0.0) histogram.negative
            positive = side (max high 0.0) histogram.positive
        }
