namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Bits as people count them, by integer and IEEE operations only.
[<RequireQualifiedAccess>]
module Bits =

    /// log2 of a positive finite number to 12 binary digits, rounded down: each squaring doubles the logarithm.
    let log2 (x: float) : float =
        let exponent = Math.ILogB x

        let rec digits count mantissa =
            if count = 0 then
                0.0
            else
                let square: float = mantissa * mantissa

                if square >= 2.0 then
                    0.5 + 0.5 * digits (count - 1) (square / 2.0)
                else
                    0.5 * digits (count - 1) square

        float exponent + digits 12 (Numbers.scalePow2 -exponent x)

    /// A factor of amplitudes in decibels, 20·log10.
    let decibels (factor: float) : float = 6.020599913279624 * log2 factor

    /// How many of the bits a signed type of integers uses, whose largest magnitude is so much of the most there is.
    let used (bits: int) (most: int) (largest: int) : float =
        if largest = 0 then
            0.0
        else
            max 0.0 (float bits - log2 (float most / float largest))

    /// How often the interval can be doubled inside the limits, 0 among both; negative where it must be halved. An
    /// interval of 0 alone could be doubled for ever: it has the bits of the limits.
    let free (limits: Interval) (interval: Interval) : int =
        let fits bits =
            -(-limits.Low >>> bits) <= interval.Low && interval.High <= (limits.High >>> bits)

        let most = 64 - Numerics.BitOperations.LeadingZeroCount(uint64 limits.High)

        if fits 0 then
            Seq.findBack fits (seq { 0..most })
        else
            [ interval.Low; interval.High ]
            |> List.map (float >> Numbers.halvingsToFit (float limits.Low) (float limits.High))
            |> List.max
            |> (~-)
