module QuantFunctional.Tests.BitsTests

open System
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``A logarithm is rounded down by less than 2^-12`` (PositiveDouble x) =
    // 2^(k/4096) ≤ x is x^4096 ≥ 2^k, which whole numbers tell exactly; Math.Log2 is near enough to say which k it is
    let found = Bits.log2 x
    let expected = Math.Log2 x

    (found * 4096.0 = Math.Floor(found * 4096.0) |> Prop.label "12 digits")
    .&. (abs (found - expected) < 1.5 / 4096.0 |> Prop.label $"{found}, not {expected}")

[<Fact>]
let ``The bits used are all of them at the largest integer, and half of it costs just above one`` () =
    Assert.Equal(8.0, Bits.used 8 127 127)
    Assert.InRange(Bits.used 8 127 64, 7.01, 7.02)
    Assert.InRange(Bits.used 8 127 63, 6.98, 6.99)
    Assert.InRange(Bits.used 8 127 1, 1.01, 1.02)
    Assert.Equal(0.0, Bits.used 8 127 0)

[<Property(MaxTest = 1000)>]
let ``An interval can be doubled as often as is said, and not once more`` (low: int64) (high: int64) (less: int) =
    let limits = Interval.ofBits 48

    let interval =
        {
            Low = -(abs (low % (1L <<< 48))) >>> abs (less % 48)
            High = abs (high % (1L <<< 48)) >>> abs (less % 48)
        }

    let free = Bits.free limits interval
    let factor = Exact.pow2

    let fits bits =
        Exact.ofBig (BigInteger interval.Low) * factor bits >= Exact.ofBig (BigInteger limits.Low)
        && Exact.ofBig (BigInteger interval.High) * factor bits <= Exact.ofBig (BigInteger limits.High)

    (fits free |> Prop.label $"{interval} fits after {free}")
    .&. ((interval.Low = 0L && interval.High = 0L || not (fits (free + 1)))
         |> Prop.label $"{interval} fits after {free + 1} too")
    |> Prop.classify (free < 0) "must be halved"

[<Fact>]
let ``Nothing has the bits of its limits free, and the lowest value none`` () =
    let limits = Interval.ofBits 32
    Assert.Equal(31, Bits.free limits { Low = 0L; High = 0L })
    Assert.Equal(31, Bits.free limits { Low = -1L; High = 0L })
    Assert.Equal(30, Bits.free limits { Low = 0L; High = 1L })
    Assert.Equal(0, Bits.free limits limits)
    Assert.Equal(-1, Bits.free limits { Low = limits.Low - 1L; High = 0L })
