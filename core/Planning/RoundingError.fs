namespace QuantFunctional.FSharp

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Runtime.Intrinsics

/// The squared error of weights that are rounded to one step.
[<RequireQualifiedAccess>]
module internal RoundingError =

    /// 1.5·2^52: a double that far from 0 has no room for halves, so that adding it rounds to even.
    let private toInteger = 6755399441055744.0

    // only what IEEE defines, and no product that is added unrounded, so that every processor has the same numbers
    let inline private integers
        (weights: Vector256<float>)
        (scale: Vector256<float>)
        (low: Vector256<float>)
        (high: Vector256<float>)
        : Vector256<float> =
        let far = Vector256.Create toInteger
        (Vector256.ClampNative(weights * scale, low, high) + far) - far

    let inline private squares
        (weights: Vector256<float>)
        (scale: Vector256<float>)
        (step: Vector256<float>)
        (low: Vector256<float>)
        (high: Vector256<float>)
        : Vector256<float> =
        let error = weights - integers weights scale low high * step
        error * error

    /// Σ(w − step·clamp(rne(w·scale), low, high))² for four steps at once, each in eight sums of every eighth weight and then those
    /// together, whatever the width of the processor's vectors. low and high have 0 between them.
    let sums
        (weights: ReadOnlySpan<float>)
        (scales: Vector256<float>)
        (steps: Vector256<float>)
        (low: float)
        (high: float)
        : Vector256<float> =
        let lows, highs = Vector256.Create(low: float), Vector256.Create(high: float)
        let first = &MemoryMarshal.GetReference weights
        let mutable s0, s1 = Vector256<float>.Zero, Vector256<float>.Zero
        let mutable s2, s3 = Vector256<float>.Zero, Vector256<float>.Zero
        let mutable s4, s5 = Vector256<float>.Zero, Vector256<float>.Zero
        let mutable s6, s7 = Vector256<float>.Zero, Vector256<float>.Zero
        let mutable at = 0

        while at <= weights.Length - 8 do
            s0 <- s0 + squares (Vector256.Create(Unsafe.Add(&first, at))) scales steps lows highs
            s1 <- s1 + squares (Vector256.Create(Unsafe.Add(&first, at + 1))) scales steps lows highs
            s2 <- s2 + squares (Vector256.Create(Unsafe.Add(&first, at + 2))) scales steps lows highs
            s3 <- s3 + squares (Vector256.Create(Unsafe.Add(&first, at + 3))) scales steps lows highs
            s4 <- s4 + squares (Vector256.Create(Unsafe.Add(&first, at + 4))) scales steps lows highs
            s5 <- s5 + squares (Vector256.Create(Unsafe.Add(&first, at + 5))) scales steps lows highs
            s6 <- s6 + squares (Vector256.Create(Unsafe.Add(&first, at + 6))) scales steps lows highs
            s7 <- s7 + squares (Vector256.Create(Unsafe.Add(&first, at + 7))) scales steps lows highs
            at <- at + 8

        // at most seven are left
        while at < weights.Length do
            let last =
                squares (Vector256.Create(Unsafe.Add(&first, at))) scales steps lows highs

            match at % 8 with
            | 0 -> s0 <- s0 + last
            | 1 -> s1 <- s1 + last
            | 2 -> s2 <- s2 + last
            | 3 -> s3 <- s3 + last
            | 4 -> s4 <- s4 + last
            | 5 -> s5 <- s5 + last
            | _ -> s6 <- s6 + last

            at <- at + 1

        (((s0 + s4) + (s1 + s5)) + (s2 + s6)) + (s3 + s7)

    /// The same for one step.
    let sum (weights: ReadOnlySpan<float>) (scale: float) (step: float) (low: float) (high: float) : float =
        (sums weights (Vector256.Create(scale: float)) (Vector256.Create(step: float)) low high).ToScalar()

    /// Puts clamp(rne(w·scale), low, high) + zero in the place of each weight.
    let round (weights: Span<float>) (scale: float) (low: float) (high: float) (zero: float) : unit =
        let width = Vector256<float>.Count
        let scales, zeros = Vector256.Create(scale: float), Vector256.Create(zero: float)
        let lows, highs = Vector256.Create(low: float), Vector256.Create(high: float)
        let first = &MemoryMarshal.GetReference weights
        let mutable at = 0

        while at <= weights.Length - width do
            let rounded =
                integers (Vector256.LoadUnsafe(&first, unativeint at)) scales lows highs

            Vector256.StoreUnsafe(rounded + zeros, &first, unativeint at)
            at <- at + width

        while at < weights.Length do
            weights[at] <- Math.Round(Math.Clamp(weights[at] * scale, low, high)) + zero
            at <- at + 1
