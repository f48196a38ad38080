namespace QuantFunctional

/// Which power of two is split off a number, told by the fraction f that is left.
[<RequireQualifiedAccess; NoComparison>]
type ExponentRounding =
    /// 0.5 &lt; f ≤ 1
    | Upward
    /// √½ ≤ f ≤ √2
    | ToNearest
    /// 1 ≤ f &lt; 2
    | Trunc

namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Splits numbers into a power of two and a fraction (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module PowerOfTwo =

    // The double nearest to √2 lies above it; this one is the largest below.
    let private largestBelowRoot2 = BitConverter.UInt64BitsToDouble 0x3FF6A09E667F3BCCUL

    /// (i, f) with x = f·2^i exactly, f in the range that the rounding names; (0, 0) for 0.
    let decompose (rounding: ExponentRounding) (x: float) : Result<struct (int * float), Refusal> =
        if not (Double.IsFinite x) || x < 0.0 then
            Error(Refusal.NotANonNegativeNumber(RealText.ofDouble x))
        elif x = 0.0 then
            Ok(struct (0, 0.0))
        else
            let exponent = Math.ILogB x
            let mantissa = Numbers.scalePow2 -exponent x // 1 ≤ mantissa < 2

            let halve =
                match rounding with
                | ExponentRounding.Upward -> mantissa > 1.0
                | ExponentRounding.ToNearest -> mantissa > largestBelowRoot2
                | ExponentRounding.Trunc -> false

            Ok(
                if halve then
                    struct (exponent + 1, mantissa / 2.0)
                else
                    struct (exponent, mantissa)
            )

    /// `normalize_with_pow2`: each element decomposed upward, so that its fraction lies in (0.5, 1].
    let normalize (values: Channelwise<float>) : Result<Channelwise<struct (int * float)>, Refusal> =
        values |> Channelwise.map (decompose ExponentRounding.Upward) |> Channelwise.sequence
