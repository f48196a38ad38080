module QuantFunctional.Tests.NumbersTests

open System
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Theory>]
[<InlineData(0.5, 0.0)>]
[<InlineData(1.5, 2.0)>]
[<InlineData(-2.5, -2.0)>]
[<InlineData(-3.5, -4.0)>]
[<InlineData(0.49999999999999994, 0.0)>]
let ``ties go to the even neighbour`` (x: float, expected: float) =
    Assert.Equal(expected, Numbers.roundHalfEven x)

[<Theory>]
[<InlineData(2.5, 2L)>]
[<InlineData(-2.5, -2L)>]
[<InlineData(1e300, 4611686018427387904L)>]
[<InlineData(Double.NegativeInfinity, -4611686018427387904L)>]
let ``an integer is the nearest one, held at 2^62`` (x: float, expected: int64) =
    Assert.Equal(expected, Numbers.toInt64HalfEven x)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``an observed value moves away from zero, to 12 bits, by less than one of them``
    (PositiveDouble x)
    (negative: bool)
    =
    x < Math.ScaleB(1.0, 1020)
    ==> lazy
        (let rounded = Numbers.roundOutward (if negative then -x else x)
         let units = Exact.ofFloat (abs rounded) / Exact.pow2 (Math.ILogB x - 11)
         let exact = Exact.ofFloat x / Exact.pow2 (Math.ILogB x - 11)

         (sign rounded = (if negative then -1 else 1) |> Prop.label "sign")
         .&. (Exact.ofBig (Exact.floor units) = units |> Prop.label "12 bits")
         .&. ((exact <= units && units < exact + Exact.ofInt 1) |> Prop.label "the next one outward"))

[<Fact>]
let ``zero is observed as zero`` () =
    Assert.Equal(0L, BitConverter.DoubleToInt64Bits(Numbers.roundOutward -0.0))

[<Theory>]
[<InlineData(127.0, 0)>]
[<InlineData(128.0, 1)>]
[<InlineData(-128.0, 0)>]
[<InlineData(-129.0, 1)>]
[<InlineData(254.0, 1)>]
[<InlineData(255.0, 2)>]
let ``both ends of an interval belong to it`` (value: float, halvings: int) =
    Assert.Equal(halvings, Numbers.halvingsToFit -128.0 127.0 value)

[<Property(MaxTest = 1000)>]
let ``halvings bring a value inside, and one fewer does not`` (value: int64) (bits: byte) =
    let bits = 8 + int bits % 40

    let low, high =
        -(BigInteger.One <<< (bits - 1)), (BigInteger.One <<< (bits - 1)) - BigInteger.One
    // as a double, since that is what is halved
    let value = float value
    let halvings = Numbers.halvingsToFit (float low) (float high) value

    let inside count =
        let halved = Exact.ofFloat value / Exact.pow2 count
        halved >= Exact.ofBig low && halved <= Exact.ofBig high

    (inside halvings && (halvings = 0 || not (inside (halvings - 1))))
    |> Prop.classify (halvings > 0) "halved"

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``single precision keeps 24 bits at any exponent, and is float32 where that reaches`` (PositiveDouble x) =
    x < Math.ScaleB(1.0, 1000)
    ==> lazy
        (let rounded = Numbers.toSinglePrecision x
         let lastBit = Exact.pow2 (Math.ILogB x - 23)
         let units = Exact.ofFloat rounded / lastBit
         let inFloat32 = x >= Numbers.smallestNormalSingle && x <= Numbers.largestSingle

         (Exact.ofBig (Exact.floor units) = units |> Prop.label "24 bits")
         .&. (abs (Exact.ofFloat rounded - Exact.ofFloat x) * Exact.ofInt 2 <= lastBit |> Prop.label "nearest")
         .&. ((not inFloat32 || rounded = Numbers.toSingle x) |> Prop.label "float32"))
