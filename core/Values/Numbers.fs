namespace QuantFunctional.FSharp

open System

/// The few operations on reals that planning rests on. None of them calls the platform's libm (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Numbers =

    /// The smallest positive number that float32 holds with full precision, 2^−126.
    let smallestNormalSingle = Math.ScaleB(1.0, -126)

    /// The largest finite float32, as a double.
    let largestSingle = float Single.MaxValue

    /// Nearest integer, ties to even: `rne` of docs/arithmetic.md.
    let roundHalfEven (x: float) : float = Math.Round(x, MidpointRounding.ToEven)

    /// x·2^exponent, exact unless the result leaves the normal doubles.
    let scalePow2 (exponent: int) (x: float) : float = Math.ScaleB(x, exponent)

    /// The double that float32 would hold in place of x.
    let toSingle (x: float) : float = float (float32 x)

    /// The smallest positive number that float16 holds, 2^−24, with one bit of precision.
    let smallestHalf = Math.ScaleB(1.0, -24)

    /// The largest finite float16, as a double.
    let largestHalf = 65504.0

    /// The double that float16 would hold in place of x.
    let toHalf (x: float) : float = float (Half.op_Explicit x: Half)

    /// x rounded to the 24 bits of a float32's mantissa, whatever its exponent. x must be finite.
    let toSinglePrecision (x: float) : float =
        if x = 0.0 then
            x
        else
            let exponent = Math.ILogB x
            scalePow2 exponent (toSingle (scalePow2 -exponent x))

    /// The integer nearest to x, ties to even, held at ±2^62, so that any double has one and sums of two cannot wrap.
    let toInt64HalfEven (x: float) : int64 =
        let limit = 4611686018427387904.0
        int64 (Math.Clamp(roundHalfEven x, -limit, limit))

    /// x rounded away from zero to a mantissa of 12 significant bits, so that the last bits of a float engine do not
    /// reach a plan (docs/arithmetic.md, observed ranges). Zero is +0, since which of the two an engine finds is chance.
    let roundOutward (x: float) : float =
        if x = 0.0 then
            0.0
        else
            let exponent = Math.ILogB x - 11
            let steps = scalePow2 -exponent (abs x)
            Math.CopySign(scalePow2 exponent (Math.Ceiling steps), x)

    /// The fewest halvings after which x lies in [low, high]. x must be finite, and 0 must lie in [low, high].
    let halvingsToFit (low: float) (high: float) (x: float) : int =
        let rec count halvings value =
            if value >= low && value <= high then
                halvings
            else
                count (halvings + 1) (value / 2.0)

        count 0 x
