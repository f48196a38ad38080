namespace QuantFunctional.FSharp

#nowarn "3535"

open System.Runtime.CompilerServices

/// The loops that multiply and add. What bounds them is the multiply, so as many sums as registers hold are kept at once.
[<RequireQualifiedAccess>]
module internal PairKernels =

    /// How many output channels a tile has.
    [<Literal>]
    let Channels = 4

    /// How many vectors of places a tile has; four channels by three vectors, their inputs and a weight are 16 registers.
    [<Literal>]
    let Vectors = 3

    /// A tile of four channels by three vectors of places. The panel holds three vectors for each step, the weights four pairs.
    let tile<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (panel: byref<int>, weights: byref<int>, steps: int, sums: byref<int>)
        : unit =
        let n = nativeint 'L.Count
        let mutable a0, a1, a2 = 'L.Zero, 'L.Zero, 'L.Zero
        let mutable b0, b1, b2 = 'L.Zero, 'L.Zero, 'L.Zero
        let mutable c0, c1, c2 = 'L.Zero, 'L.Zero, 'L.Zero
        let mutable d0, d1, d2 = 'L.Zero, 'L.Zero, 'L.Zero
        let mutable at = 0n
        let mutable w = 0n
        let last = nativeint steps * 4n

        while w < last do
            let x0 = 'L.Load(&panel, at)
            let x1 = 'L.Load(&panel, at + n)
            let x2 = 'L.Load(&panel, at + n + n)
            let a = 'L.Fill(Unsafe.Add(&weights, w))
            a0 <- 'L.MultiplyAdd(a0, x0, a)
            a1 <- 'L.MultiplyAdd(a1, x1, a)
            a2 <- 'L.MultiplyAdd(a2, x2, a)
            let b = 'L.Fill(Unsafe.Add(&weights, w + 1n))
            b0 <- 'L.MultiplyAdd(b0, x0, b)
            b1 <- 'L.MultiplyAdd(b1, x1, b)
            b2 <- 'L.MultiplyAdd(b2, x2, b)
            let c = 'L.Fill(Unsafe.Add(&weights, w + 2n))
            c0 <- 'L.MultiplyAdd(c0, x0, c)
            c1 <- 'L.MultiplyAdd(c1, x1, c)
            c2 <- 'L.MultiplyAdd(c2, x2, c)
            let d = 'L.Fill(Unsafe.Add(&weights, w + 3n))
            d0 <- 'L.MultiplyAdd(d0, x0, d)
            d1 <- 'L.MultiplyAdd(d1, x1, d)
            d2 <- 'L.MultiplyAdd(d2, x2, d)
            w <- w + 4n
            at <- at + n + n + n

        'L.Save(a0, &sums, 0n)
        'L.Save(a1, &sums, n)
        'L.Save(a2, &sums, 2n * n)
        'L.Save(b0, &sums, 3n * n)
        'L.Save(b1, &sums, 4n * n)
        'L.Save(b2, &sums, 5n * n)
        'L.Save(c0, &sums, 6n * n)
        'L.Save(c1, &sums, 7n * n)
        'L.Save(c2, &sums, 8n * n)
        'L.Save(d0, &sums, 9n * n)
        'L.Save(d1, &sums, 10n * n)
        'L.Save(d2, &sums, 11n * n)

    /// One channel over so many places, straight from the planes; the places are a multiple of four vectors.
    let single<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (planes: byref<int>, offsets: int array, weights: byref<int>, sums: byref<int>, places: int)
        : unit =
        let n = nativeint 'L.Count
        let mutable place = 0n

        while place < nativeint places do
            let mutable s0, s1, s2, s3 = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero

            for step in 0 .. offsets.Length - 1 do
                let from = place + nativeint offsets[step]
                let w = 'L.Fill(Unsafe.Add(&weights, step * Channels))
                s0 <- 'L.MultiplyAdd(s0, 'L.Load(&planes, from), w)
                s1 <- 'L.MultiplyAdd(s1, 'L.Load(&planes, from + n), w)
                s2 <- 'L.MultiplyAdd(s2, 'L.Load(&planes, from + 2n * n), w)
                s3 <- 'L.MultiplyAdd(s3, 'L.Load(&planes, from + 3n * n), w)

            'L.Save(s0, &sums, place)
            'L.Save(s1, &sums, place + n)
            'L.Save(s2, &sums, place + 2n * n)
            'L.Save(s3, &sums, place + 3n * n)
            place <- place + 4n * n

    /// Four rows of weights times one row of inputs; so many pairs to a row, a multiple of the vector's.
    let dots<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (inputs: byref<int>, weights: byref<int>, pairs: int, sums: byref<int>)
        : unit =
        let row = nativeint pairs
        let mutable s0, s1, s2, s3 = 'L.Zero, 'L.Zero, 'L.Zero, 'L.Zero
        let mutable at = 0n

        while at < row do
            let x = 'L.Load(&inputs, at)
            s0 <- 'L.MultiplyAdd(s0, x, 'L.Load(&weights, at))
            s1 <- 'L.MultiplyAdd(s1, x, 'L.Load(&weights, at + row))
            s2 <- 'L.MultiplyAdd(s2, x, 'L.Load(&weights, at + 2n * row))
            s3 <- 'L.MultiplyAdd(s3, x, 'L.Load(&weights, at + 3n * row))
            at <- at + nativeint 'L.Count

        sums <- 'L.Sum s0
        Unsafe.Add(&sums, 1) <- 'L.Sum s1
        Unsafe.Add(&sums, 2) <- 'L.Sum s2
        Unsafe.Add(&sums, 3) <- 'L.Sum s3
