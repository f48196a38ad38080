namespace QuantFunctional.FSharp

open System
open System.Numerics

/// Whole numbers of one width to those of another, by vectors; every value fits where it goes.
[<RequireQualifiedAccess>]
module internal Widths =

    /// Stored bytes, an offset taken off each, then shifted right.
    let bytesToShorts (offset: int16) (right: int) (source: ReadOnlySpan<sbyte>) (target: Span<int16>) : unit =
        let offsets = Vector<int16> offset
        let mutable at = 0

        while at <= source.Length - Vector<sbyte>.Count do
            let values = Vector<sbyte>(source.Slice at)
            let lower = Vector.WidenLower values - offsets
            let upper = Vector.WidenUpper values - offsets
            Vector.ShiftRightArithmetic(lower, right).CopyTo(target.Slice at)
            Vector.ShiftRightArithmetic(upper, right).CopyTo(target.Slice(at + Vector<int16>.Count))
            at <- at + Vector<sbyte>.Count

        while at < source.Length do
            target[at] <- (int16 source[at] - offset) >>> right
            at <- at + 1

    /// Whole numbers, an offset taken off each, then shifted right.
    let wholesToShorts (offset: int) (right: int) (source: ReadOnlySpan<int>) (target: Span<int16>) : unit =
        let offsets = Vector<int> offset
        let mutable at = 0

        while at <= source.Length - Vector<int16>.Count do
            let lower = Vector<int>(source.Slice at) - offsets
            let upper = Vector<int>(source.Slice(at + Vector<int>.Count)) - offsets

            Vector
                .Narrow(Vector.ShiftRightArithmetic(lower, right), Vector.ShiftRightArithmetic(upper, right))
                .CopyTo(target.Slice at)

            at <- at + Vector<int16>.Count

        while at < source.Length do
            target[at] <- int16 ((source[at] - offset) >>> right)
            at <- at + 1

    let bytesToWholes (source: ReadOnlySpan<sbyte>) (target: Span<int>) : unit =
        let mutable at = 0

        while at <= source.Length - Vector<sbyte>.Count do
            let values = Vector<sbyte>(source.Slice at)
            let lower, upper = Vector.WidenLower values, Vector.WidenUpper values
            let n = Vector<int>.Count
            Vector.WidenLower(lower).CopyTo(target.Slice at)
            Vector.WidenUpper(lower).CopyTo(target.Slice(at + n))
            Vector.WidenLower(upper).CopyTo(target.Slice(at + 2 * n))
            Vector.WidenUpper(upper).CopyTo(target.Slice(at + 3 * n))
            at <- at + Vector<sbyte>.Count

        while at < source.Length do
            target[at] <- int source[at]
            at <- at + 1
