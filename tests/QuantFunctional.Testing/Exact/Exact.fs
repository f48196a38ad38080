namespace QuantFunctional.Testing

open System
open System.Numerics

/// Exact fractions, to check decisions made in floating point by another way.
[<CustomEquality; CustomComparison>]
type Exact =
    {
        Top: BigInteger
        Bottom: BigInteger
    }

    static member private Compare(a: Exact, b: Exact) =
        BigInteger.Compare(a.Top * b.Bottom, b.Top * a.Bottom)

    override a.Equals other =
        match other with
        | :? Exact as b -> Exact.Compare(a, b) = 0
        | _ -> false

    override a.GetHashCode() = HashCode.Combine(sign a.Top)

    interface IComparable with
        member a.CompareTo other = Exact.Compare(a, unbox<Exact> other)

    static member (+)(a: Exact, b: Exact) =
        {
            Top = a.Top * b.Bottom + b.Top * a.Bottom
            Bottom = a.Bottom * b.Bottom
        }

    static member (~-)(a: Exact) = { a with Top = -a.Top }
    static member (-)(a: Exact, b: Exact) = a + -b

    static member (*)(a: Exact, b: Exact) =
        {
            Top = a.Top * b.Top
            Bottom = a.Bottom * b.Bottom
        }

    static member (/)(a: Exact, b: Exact) =
        {
            Top = a.Top * b.Bottom * BigInteger(sign b.Top)
            Bottom = a.Bottom * abs b.Top
        }

    static member Abs(a: Exact) = { a with Top = abs a.Top }

[<RequireQualifiedAccess>]
module Exact =
    let ofBig (x: BigInteger) : Exact = { Top = x; Bottom = BigInteger.One }

    let ofInt (x: int) : Exact = ofBig (BigInteger x)

    let pow2 (exponent: int) : Exact =
        if exponent >= 0 then
            ofBig (BigInteger.One <<< exponent)
        else
            {
                Top = BigInteger.One
                Bottom = BigInteger.One <<< -exponent
            }

    /// The value of a finite double, read from its bits.
    let ofFloat (x: float) : Exact =
        let bits = BitConverter.DoubleToInt64Bits x
        let field = int (bits >>> 52) &&& 0x7FF
        let fraction = bits &&& 0xFFFFFFFFFFFFFL

        let mantissa, exponent =
            if field = 0 then
                fraction, -1074
            else
                fraction ||| (1L <<< 52), field - 1075

        ofBig (BigInteger(if bits < 0L then -mantissa else mantissa)) * pow2 exponent

    /// The largest whole number that is not above.
    let floor (x: Exact) : BigInteger =
        let quotient = BigInteger.Divide(x.Top, x.Bottom)

        if quotient * x.Bottom > x.Top then
            quotient - BigInteger.One
        else
            quotient

    /// True where two numbers differ by no more than the second times 2^exponent.
    let near (exponent: int) (a: Exact) (b: Exact) : bool = abs (a - b) <= abs b * pow2 exponent
