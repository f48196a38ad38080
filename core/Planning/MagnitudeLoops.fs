namespace QuantFunctional.FSharp

open System
open System.Runtime.InteropServices

/// The largest magnitudes found: of a weight, and of the sum of two whose products are neighbours. Both as the bits of a
/// float32 without its sign.
[<Struct>]
type internal Magnitudes = { Weight: int; Pair: int }

/// Largest weights and largest sums of two, in one reading of the weights, by vectors of at most so many bits. A sum is one
/// addition of float32, and a maximum does not depend on the order, so that every width finds the same.
[<RequireQualifiedAccess>]
module internal MagnitudeLoops =

    let bits (value: float32) : int =
        BitConverter.SingleToInt32Bits value &&& Int32.MaxValue

    let private join (found: byref<Magnitudes>) (weight: int) (pair: int) =
        found <-
            {
                Weight = max found.Weight weight
                Pair = max found.Pair pair
            }

    // as many vectors of neighbours as there are from an even place on; says where it ended
    let private neighboursBy<'L, 'Real, 'Bits when 'L :> IMagnitudeLanes<'Real, 'Bits> and 'L: struct>
        (source: ReadOnlySpan<float32>, start: int, found: byref<Magnitudes>)
        : int =
        let mutable at = start
        let last = source.Length - 'L.Count

        if at <= last then
            let from = &MemoryMarshal.GetReference source
            let mutable weight = 'L.Zero
            let mutable pair = 'L.Zero

            while at <= last do
                let weights = 'L.Load(&from, at)
                weight <- 'L.Larger(weight, 'L.Magnitude weights)
                pair <- 'L.Larger(pair, 'L.Magnitude('L.Plus(weights, 'L.Swapped weights)))
                at <- at + 'L.Count

            join &found ('L.Largest weight) ('L.Largest pair)

        at

    /// Weights whose products are neighbours where they are in memory: 0 and 1, 2 and 3, …; an odd last one is alone.
    let neighbours (width: int) (source: ReadOnlySpan<float32>) (found: byref<Magnitudes>) : unit =
        let mutable i = 0

        if width >= 512 then
            i <- neighboursBy<Magnitudes512, _, _>(source, i, &found)

        if width >= 256 then
            i <- neighboursBy<Magnitudes256, _, _>(source, i, &found)

        if width >= 128 then
            i <- neighboursBy<Magnitudes128, _, _>(source, i, &found)

        while i < source.Length do
            if i + 1 < source.Length then
                join &found (bits source[i + 1]) (bits (source[i] + source[i + 1]))

            join &found (bits source[i]) 0
            i <- i + 2

    // whole vectors of two rows; the last one begins so early that it ends with the row, and meets some twice
    let private rowsBy<'L, 'Real, 'Bits when 'L :> IMagnitudeLanes<'Real, 'Bits> and 'L: struct>
        (source: ReadOnlySpan<float32>, length: int, stride: int, pairs: int, found: byref<Magnitudes>)
        : int =
        let from = &MemoryMarshal.GetReference source
        let mutable weight = 'L.Zero
        let mutable pair = 'L.Zero

        for i in 0 .. pairs - 1 do
            let row = 2 * i * stride
            let mutable at = 0

            while at < length do
                let place = row + min at (length - 'L.Count)
                let first = 'L.Load(&from, place)
                let second = 'L.Load(&from, place + stride)
                weight <- 'L.Larger(weight, 'L.Larger('L.Magnitude first, 'L.Magnitude second))
                pair <- 'L.Larger(pair, 'L.Magnitude('L.Plus(first, second)))
                at <- at + 'L.Count

        join &found ('L.Largest weight) ('L.Largest pair)
        pairs

    // rows shorter than a vector, whose other lanes do not count, as far as vectors lie in the source; says how many
    let private shortRowsBy<'L, 'Real, 'Bits when 'L :> IMagnitudeLanes<'Real, 'Bits> and 'L: struct>
        (source: ReadOnlySpan<float32>, length: int, stride: int, pairs: int, found: byref<Magnitudes>)
        : int =
        let from = &MemoryMarshal.GetReference source
        let lanes = 'L.FirstLanes length
        let mutable weight = 'L.Zero
        let mutable pair = 'L.Zero
        let mutable i = 0

        while i < pairs && (2 * i + 1) * stride + 'L.Count <= source.Length do
            let first = 'L.Load(&from, 2 * i * stride)
            let second = 'L.Load(&from, (2 * i + 1) * stride)
            let larger = 'L.Larger('L.Magnitude first, 'L.Magnitude second)
            weight <- 'L.Larger(weight, 'L.Both(lanes, larger))
            pair <- 'L.Larger(pair, 'L.Both(lanes, 'L.Magnitude('L.Plus(first, second))))
            i <- i + 1

        join &found ('L.Largest weight) ('L.Largest pair)
        i

    /// So many pairs of rows of a length, each a stride after the one before; a weight's product and the one at its place in
    /// the other row of the pair are neighbours.
    let rows
        (width: int)
        (source: ReadOnlySpan<float32>)
        (length: int)
        (stride: int)
        (pairs: int)
        (found: byref<Magnitudes>)
        : unit =
        let mutable i = 0

        if width >= 512 && length >= 16 then
            i <- rowsBy<Magnitudes512, _, _>(source, length, stride, pairs, &found)
        elif width >= 256 && length >= 8 then
            i <- rowsBy<Magnitudes256, _, _>(source, length, stride, pairs, &found)
        elif width >= 128 && length >= 4 then
            i <- rowsBy<Magnitudes128, _, _>(source, length, stride, pairs, &found)
        elif width >= 128 then
            i <- shortRowsBy<Magnitudes128, _, _>(source, length, stride, pairs, &found)

        while i < pairs do
            for at in 2 * i * stride .. 2 * i * stride + length - 1 do
                let first, second = source[at], source[at + stride]
                join &found (max (bits first) (bits second)) (bits (first + second))

            i <- i + 1

    // as many vectors of channels as there are from a place on; says where it ended
    let private channelsBy<'L, 'Real, 'Bits when 'L :> IMagnitudeLanes<'Real, 'Bits> and 'L: struct>
        (first: ReadOnlySpan<float32>, second: ReadOnlySpan<float32>, start: int, weights: Span<int>, pairs: Span<int>)
        : int =
        let mutable at = start
        let last = first.Length - 'L.Count

        if at <= last then
            let one = &MemoryMarshal.GetReference first
            let other = &MemoryMarshal.GetReference second
            let weight = &MemoryMarshal.GetReference weights
            let pair = &MemoryMarshal.GetReference pairs

            while at <= last do
                let a, b = 'L.Load(&one, at), 'L.Load(&other, at)
                let larger = 'L.Larger('L.Magnitude a, 'L.Magnitude b)
                'L.SaveBits('L.Larger('L.LoadBits(&weight, at), larger), &weight, at)
                'L.SaveBits('L.Larger('L.LoadBits(&pair, at), 'L.Magnitude('L.Plus(a, b))), &pair, at)
                at <- at + 'L.Count

        at

    /// Two rows of one weight for each of some channels, whose products are neighbours in each of them.
    let channels
        (width: int)
        (first: ReadOnlySpan<float32>)
        (second: ReadOnlySpan<float32>)
        (weights: Span<int>)
        (pairs: Span<int>)
        : unit =
        let mutable i = 0

        if width >= 512 then
            i <- channelsBy<Magnitudes512, _, _>(first, second, i, weights, pairs)

        if width >= 256 then
            i <- channelsBy<Magnitudes256, _, _>(first, second, i, weights, pairs)

        if width >= 128 then
            i <- channelsBy<Magnitudes128, _, _>(first, second, i, weights, pairs)

        while i < first.Length do
            weights[i] <- max weights[i] (max (bits first[i]) (bits second[i]))
            pairs[i] <- max pairs[i] (bits (first[i] + second[i]))
            i <- i + 1
