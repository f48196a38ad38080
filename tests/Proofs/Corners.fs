namespace QuantFunctional.Proofs

open System
open QuantFunctional
open QuantFunctional.FSharp

/// Values beside which arithmetic goes wrong, and seeded random ones.
[<RequireQualifiedAccess>]
module Corners =

    /// Both sides of every power of two in a range, of 0 and of the range's ends.
    let ofRange (range: Interval) : int64 array =
        [|
            for near in -3L .. 3L do
                yield range.Low + near
                yield range.High + near
                yield near

                for exponent in 2..61 do
                    yield (1L <<< exponent) + near
                    yield near - (1L <<< exponent)
        |]
        |> Array.distinct
        |> Array.filter (fun value -> Interval.contains value range)

    /// The accumulators whose product with the multiplier lies nearest to a tie of the shift, with their neighbours: the
    /// first 16 ties on either side of 0, and seeded ones as far out as the range goes.
    let nearTies (seed: int) (count: int) (pair: Pair) : int64 array =
        let random, range = Random seed, pair.Domain
        let between = Math.ScaleB(1.0, pair.Shift) / float pair.Multiplier // from tie to tie
        let far = float range.High / between

        let at (tie: float) =
            int64 (Math.Clamp(Math.Round((tie + 0.5) * between), float range.Low, float range.High))

        [|
            for tie in [ -16.0 .. 15.0 ] do
                yield at tie

            for _ in 1..count do
                yield at (Math.Floor((random.NextDouble() * 2.0 - 1.0) * far))
        |]
        |> Array.collect (fun accumulator -> [| accumulator - 1L; accumulator; accumulator + 1L |])
        |> Array.filter (fun value -> Interval.contains value range)

    /// Seeded values of a range: half of them uniform, half of any length in bits.
    let random (seed: int) (count: int) (range: Interval) : int64 seq =
        let random = Random seed

        let any () =
            random.NextInt64(range.Low, range.High + 1L)

        Seq.init count (fun index -> if index % 2 = 0 then any () else any () >>> random.Next 48)
