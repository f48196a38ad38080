namespace QuantFunctional.FSharp

open System
open System.Numerics
open System.Numerics.Tensors
open System.Runtime.InteropServices

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

    /// Whole numbers, an offset taken off each, then shifted right. True where all of them lay within the limits.
    let wholesToShorts
        (offset: int)
        (right: int)
        (low: int)
        (high: int)
        (source: ReadOnlySpan<int>)
        (target: Span<int16>)
        : bool =
        let offsets = Vector<int> offset
        let mutable least, most = Vector<int> high, Vector<int> low
        let mutable inside = true
        let mutable at = 0

        while at <= source.Length - Vector<int16>.Count do
            let first = Vector<int>(source.Slice at)
            let second = Vector<int>(source.Slice(at + Vector<int>.Count))
            least <- Vector.Min(least, Vector.Min(first, second))
            most <- Vector.Max(most, Vector.Max(first, second))
            let lower = Vector.ShiftRightArithmetic(first - offsets, right)
            let upper = Vector.ShiftRightArithmetic(second - offsets, right)
            Vector.Narrow(lower, upper).CopyTo(target.Slice at)
            at <- at + Vector<int16>.Count

        while at < source.Length do
            inside <- inside && source[at] >= low && source[at] <= high
            target[at] <- int16 ((source[at] - offset) >>> right)
            at <- at + 1

        inside
        && Vector.GreaterThanOrEqualAll(least, Vector<int> low)
        && Vector.LessThanOrEqualAll(most, Vector<int> high)

    /// Stored bytes as unsigned ones, 128 more than they are.
    let bytesToUnsigned (source: ReadOnlySpan<sbyte>) (target: Span<byte>) : unit =
        TensorPrimitives.Xor(MemoryMarshal.AsBytes source, 128uy, target)

    /// Whole numbers as unsigned bytes, 128 more than they are. True where all of them were of −128 to 127; a byte of another
    /// one means nothing.
    let wholesToUnsigned (source: ReadOnlySpan<int>) (target: Span<byte>) : bool =
        let low, high = -128, 127
        let mutable least, most = Vector<int> high, Vector<int> low
        let mutable inside = true
        let mutable at = 0
        let n = Vector<int>.Count

        while at <= source.Length - Vector<byte>.Count do
            let a, b = Vector<int>(source.Slice at), Vector<int>(source.Slice(at + n))

            let c, d =
                Vector<int>(source.Slice(at + 2 * n)), Vector<int>(source.Slice(at + 3 * n))

            least <- Vector.Min(least, Vector.Min(Vector.Min(a, b), Vector.Min(c, d)))
            most <- Vector.Max(most, Vector.Max(Vector.Max(a, b), Vector.Max(c, d)))
            let bytes = Vector.Narrow(Vector.Narrow(a, b), Vector.Narrow(c, d))
            (bytes ^^^ Vector<sbyte> -128y).CopyTo(MemoryMarshal.Cast<byte, sbyte>(target.Slice at))
            at <- at + Vector<byte>.Count

        while at < source.Length do
            inside <- inside && source[at] >= low && source[at] <= high
            target[at] <- byte (source[at] + 128)
            at <- at + 1

        inside
        && Vector.GreaterThanOrEqualAll(least, Vector<int> low)
        && Vector.LessThanOrEqualAll(most, Vector<int> high)

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
