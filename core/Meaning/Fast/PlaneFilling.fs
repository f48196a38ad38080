namespace QuantFunctional.FSharp

#nowarn "3535"

open System

/// Lays inputs out as planes of pairs.
[<RequireQualifiedAccess>]
module internal PlaneFilling =

    let inline private pair (even: int16) (odd: int16) =
        (int even &&& 0xFFFF) ||| (int odd <<< 16)

    /// A run of neighbours.
    let private neighbours<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (values: int16 array, even: int, odd: int, target: int array, into: int, count: int)
        : unit =
        let low = 'L.Fill 0xFFFF
        let last = count - 'L.Count
        let mutable at = 0

        if at <= last then
            let evens = &values[even]
            let odds = &values[odd]
            let into = &target[into]

            while at <= last do
                let e = 'L.And('L.LoadShorts(&evens, nativeint at), low)
                let o = 'L.ShiftLeft('L.LoadShorts(&odds, nativeint at), 16)
                'L.Save('L.Or(e, o), &into, nativeint at)
                at <- at + 'L.Count

        while at < count do
            target[into + at] <- pair values[even + at] values[odd + at]
            at <- at + 1

    /// One row of a phase whose inputs may lie apart.
    let private apart (source: int array) phase length (values: int16 array) even odd empty (target: int array) into =
        for place in 0 .. length - 1 do
            target[into + place] <-
                match source[phase * length + place] with
                | -1 -> empty
                | at -> pair values[even + at] values[odd + at]

    /// One plane of the pair of two channels, which begin at the places given; `empty` is the pair of the padding.
    let plane<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct>
        (planes: Planes, values: int16 array, even: int, odd: int, empty: int, target: int array, into: int)
        : unit =
        let last = planes.Last
        let length = last.Length

        for row in 0 .. planes.RowSource.Length - 1 do
            let start = into + row * length

            match planes.RowSource[row] with
            | -1 -> Array.Fill(target, empty, start, length)
            | source ->
                let phase = planes.RowPhase[row]
                let places = ReadOnlySpan(last.Source, phase * length, length)
                let first, final = places.IndexOfAnyExcept -1, places.LastIndexOfAnyExcept -1

                if first < 0 then
                    Array.Fill(target, empty, start, length)
                elif places[final] - places[first] = final - first then
                    let at = source + places[first]
                    Array.Fill(target, empty, start, first)
                    neighbours<'L, 'V>(values, even + at, odd + at, target, start + first, final - first + 1)
                    Array.Fill(target, empty, start + final + 1, length - final - 1)
                else
                    apart last.Source phase length values (even + source) (odd + source) empty target start
