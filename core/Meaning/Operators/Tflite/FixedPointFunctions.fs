namespace QuantFunctional.FSharp

open System
open System.Numerics

/// gemmlowp's e^x and logistic function on fixed-point numbers (google/gemmlowp, fixedpoint/fixedpoint.h). A number with n
/// integer bits is raw·2^(n − 31).
[<RequireQualifiedAccess>]
module FixedPointFunctions =

    let private one = Int32.MaxValue // as near to 1 as no integer bits come
    let private times = FixedPoint.saturatingRoundingDoublingHighMul

    /// Times a power of two, saturating to the left and rounding to the right.
    let private timesPow2 (exponent: int) (raw: int) =
        if exponent > 0 then
            int (Math.Clamp(int64 raw <<< exponent, int64 Int32.MinValue, int64 Int32.MaxValue))
        else
            FixedPoint.roundingDivideByPOT raw -exponent

    // e^x of −1/4 ≤ x < 0: four terms of the series about −1/8
    let private expOfQuarter (x: int) =
        let atMinusEighth, third = 1895147668, 715827883
        let d = x + (1 <<< 28)
        let d2 = times d d
        let d3 = times d2 d
        let d4 = times d2 d2
        let tail = timesPow2 -1 (times (timesPow2 -2 d4 + d3) third + d2)
        atMinusEighth + times atMinusEighth (d + tail)

    // e^−(2^k) for k from −2 on
    let private halvings =
        [ 1672461947; 1302514674; 790015084; 290630308; 39332535; 720401; 242 ]

    /// e^x of x ≤ 0 with at most 5 integer bits: the rest to the next quarter below, then a factor for every bit of the
    /// quarters. The result has no integer bits.
    let expOfNegative (integerBits: int) (x: int) : int =
        if x = 0 then
            one
        else
            let quarter = 1 <<< (29 - integerBits)
            let rest = (x &&& (quarter - 1)) - quarter
            let quarters = rest - x

            halvings
            |> List.indexed
            |> List.filter (fun (k, _) -> k - 2 < integerBits && quarters &&& (quarter <<< k) <> 0)
            |> List.fold (fun result (_, factor) -> times result factor) (expOfQuarter (timesPow2 integerBits rest))

    /// 1/(1 + x) of 0 ≤ x ≤ 1, both without integer bits: Newton's method on half the denominator.
    let reciprocalOfOnePlus (x: int) : int =
        let halfDenominator = int ((int64 x + int64 one + 1L) / 2L)
        let start = 1515870810 + times halfDenominator -1010580540 // (48 − 32·d)/17, 2 integer bits

        let improve estimate =
            let error = (1 <<< 29) - times halfDenominator estimate
            estimate + timesPow2 2 (times estimate error)

        timesPow2 1 (start |> improve |> improve |> improve)

    /// 1/(1 + e^−x); the result has no integer bits.
    let logistic (integerBits: int) (x: int) : int =
        if x = 0 then
            1 <<< 30
        else
            let ofPositive = reciprocalOfOnePlus (expOfNegative integerBits -(abs x))
            if x > 0 then ofPositive else one - ofPositive

    /// The reciprocal of a positive raw, as a number without integer bits, and how many bits its first bit lies above 1.
    let reciprocal (integerBits: int) (raw: int) : struct (int * int) =
        let headroom = BitOperations.LeadingZeroCount(uint32 raw)
        let fraction = int ((uint32 raw <<< headroom) - (1u <<< 31))
        struct (reciprocalOfOnePlus fraction, integerBits - headroom)
