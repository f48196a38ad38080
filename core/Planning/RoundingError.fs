namespace QuantFunctional.FSharp

open System
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

    /// The last weights of fewer than four, with zeros after them, which have no error.
    let private rest (weights: ReadOnlySpan<float>) : Vector256<float> =
        let second = if weights.Length > 1 then weights[1] else 0.0
        let third = if weights.Length > 2 then weights[2] else 0.0
        Vector256.Create(weights[0], second, third, 0.0)

    /// Σ(w − step·clamp(rne(w·scale), low, high))², in eight sums of every eighth weight and then those together, whatever the
    /// width of the processor's vectors. low and high have 0 between them.
    let sum (weights: ReadOnlySpan<float>) (scale: float) (step: float) (low: float) (high: float) : float =
        let width = Vector256<float>.Count
        let scales, steps = Vector256.Create(scale: float), Vector256.Create(step: float)
        let lows, highs = Vector256.Create(low: float), Vector256.Create(high: float)
        let first = &MemoryMarshal.GetReference weights
        let mutable even = Vector256<float>.Zero
        let mutable odd = Vector256<float>.Zero
        let mutable at = 0

        while at <= weights.Length - 2 * width do
            even <- even + squares (Vector256.LoadUnsafe(&first, unativeint at)) scales steps lows highs
            odd <- odd + squares (Vector256.LoadUnsafe(&first, unativeint (at + width))) scales steps lows highs
            at <- at + 2 * width

        let isWhole = at <= weights.Length - width

        if isWhole then
            even <- even + squares (Vector256.LoadUnsafe(&first, unativeint at)) scales steps lows highs
            at <- at + width

        if at < weights.Length then
            let last = squares (rest (weights.Slice at)) scales steps lows highs

            if isWhole then odd <- odd + last else even <- even + last

        let sums = even + odd
        ((sums.GetElement 0 + sums.GetElement 1) + sums.GetElement 2) + sums.GetElement 3

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
