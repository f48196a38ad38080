namespace QuantFunctional.Report

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Values counted in few enough bins of one width to be seen.
[<NoComparison>]
type internal Bins =
    {
        Width: float
        /// The middle of each bin and how many values lie in it, from the lowest; empty ones are left out.
        Counts: (float * int64) list
        /// How many values are exactly 0.
        Zeros: int64
        All: int64
    }

module internal Bins =

    // on each side of zero
    let private most = 48

    let private top (histogram: ValueHistogram) =
        max (ValueHistogram.top histogram.Negative) (ValueHistogram.top histogram.Positive)

    /// The exponent at which a histogram has few enough bins.
    let private fitting (histogram: ValueHistogram) : int =
        let rec bits by =
            if (top histogram >>> by) < most then by else bits (by + 1)

        histogram.Exponent + bits 0

    let private at (exponent: int) (histogram: ValueHistogram) : Bins =
        let width = Math.ScaleB(1.0, exponent)

        let side sign (counts: int64 seq) =
            counts
            |> Seq.indexed
            |> Seq.filter (fun (_, count) -> count > 0L)
            |> Seq.groupBy (fun (bin, _) -> bin >>> (exponent - histogram.Exponent))
            |> Seq.map (fun (bin, counts) -> sign * (float bin + 0.5) * width, Seq.sumBy snd counts)
            |> List.ofSeq

        {
            Width = width
            Counts = List.rev (side -1.0 histogram.Negative) @ side 1.0 histogram.Positive
            Zeros = histogram.Zeros
            All = ValueHistogram.count histogram
        }

    let ofHistogram (histogram: ValueHistogram) : Bins = at (fitting histogram) histogram

    /// Two histograms in the same bins.
    let ofBoth (one: ValueHistogram) (other: ValueHistogram) : Bins * Bins =
        let exponent = max (fitting one) (fitting other)
        at exponent one, at exponent other
