namespace QuantFunctional.FSharp

#nowarn "3535"

open System.Runtime.Intrinsics

/// Two channels of int16, which begin at the places given.
[<Struct; NoComparison; NoEquality>]
type internal PairSource<'L, 'V when 'L :> IPairLanes<'V> and 'L: struct> =
    {
        Values: int16 array
        Even: int
        Odd: int
    }

    interface ILaneSource with
        member s.At place =
            (int s.Values[s.Even + place] &&& 0xFFFF) ||| (int s.Values[s.Odd + place] <<< 16)

        member s.Fill(place, target, into, count) =
            let low = 'L.Fill 0xFFFF
            let last = count - 'L.Count
            let mutable at = 0

            if at <= last then
                let evens = &s.Values[s.Even + place]
                let odds = &s.Values[s.Odd + place]
                let into = &target[into]

                while at <= last do
                    let even = 'L.And('L.LoadShorts(&evens, nativeint at), low)
                    let odd = 'L.ShiftLeft('L.LoadShorts(&odds, nativeint at), 16)
                    'L.Save('L.Or(even, odd), &into, nativeint at)
                    at <- at + 'L.Count

            while at < count do
                target[into + at] <- (s :> ILaneSource).At(place + at)
                at <- at + 1

/// Four channels of bytes, one after the other; where there are fewer, the last one stands for those that are missing, and
/// meets no weights.
[<Struct; NoComparison; NoEquality>]
type internal QuadSource =
    {
        Values: byte array
        /// The places of one channel.
        Places: int
        Channels: int
    }

    member inline private s.First(channel: int) = min channel (s.Channels - 1) * s.Places

    interface ILaneSource with
        member s.At place =
            int s.Values[s.First 0 + place]
            ||| (int s.Values[s.First 1 + place] <<< 8)
            ||| (int s.Values[s.First 2 + place] <<< 16)
            ||| (int s.Values[s.First 3 + place] <<< 24)

        member s.Fill(place, target, into, count) =
            let last = count - Vector256<int>.Count
            let mutable at = 0

            if at <= last then
                let a = &s.Values[s.First 0 + place]
                let b = &s.Values[s.First 1 + place]
                let c = &s.Values[s.First 2 + place]
                let d = &s.Values[s.First 3 + place]
                let target = &target[into]

                while at <= last do
                    let a = QuadSource.Widened(&a, at)
                    let b = QuadSource.Widened(&b, at) <<< 8
                    let c = QuadSource.Widened(&c, at) <<< 16
                    let d = QuadSource.Widened(&d, at) <<< 24
                    Vector256.StoreUnsafe((a ||| b) ||| (c ||| d), &target, unativeint at)
                    at <- at + Vector256<int>.Count

            while at < count do
                target[into + at] <- (s :> ILaneSource).At(place + at)
                at <- at + 1

    static member inline private Widened(bytes: byref<byte>, at: int) : Vector256<int> =
        let eight = Vector64.LoadUnsafe(&bytes, unativeint at) |> Vector64.ToVector128Unsafe

        let shorts = Vector128.WidenLower eight
        Vector256.Create(Vector128.WidenLower shorts, Vector128.WidenUpper shorts).AsInt32()
