module QuantFunctional.Tests.PowerOfTwoTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private half = Exact.pow2 -1
let private one = Exact.ofInt 1
let private two = Exact.ofInt 2

/// The range that each rounding promises, without a root: √½ ≤ f ≤ √2 is ½ ≤ f² ≤ 2.
let private inRange rounding (f: Exact) =
    match rounding with
    | ExponentRounding.Upward -> f > half && f <= one
    | ExponentRounding.ToNearest -> f * f >= half && f * f <= two
    | ExponentRounding.Trunc -> f >= one && f < two

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 2000)>]
let ``P01 decompose is exact and in range for every rounding`` (PositiveDouble x) =
    [ ExponentRounding.Upward; ExponentRounding.ToNearest; ExponentRounding.Trunc ]
    |> List.map (fun rounding ->
        match PowerOfTwo.decompose rounding x with
        | Error refusal -> false |> Prop.label refusal.Message
        | Ok(struct (exponent, fraction)) ->
            let f = Exact.ofFloat fraction

            (f * Exact.pow2 exponent = Exact.ofFloat x && inRange rounding f)
            |> Prop.label $"{rounding}: {fraction:R}·2^{exponent}")
    |> List.reduce (.&.)
    |> Prop.classify (Double.IsSubnormal x) "subnormal"

[<Fact>]
let ``P01 zero has no exponent`` () =
    for rounding in [ ExponentRounding.Upward; ExponentRounding.ToNearest; ExponentRounding.Trunc ] do
        Assert.Equal(Ok(struct (0, 0.0)), PowerOfTwo.decompose rounding 0.0)
        Assert.Equal(Ok(struct (0, 0.0)), PowerOfTwo.decompose rounding -0.0)

[<Fact>]
let ``P01 the largest fraction to nearest is the last double below the root of two`` () =
    let root = BitConverter.Int64BitsToDouble 0x3FF6A09E667F3BCCL
    let next = Math.BitIncrement root
    Assert.Equal(Ok(struct (0, root)), PowerOfTwo.decompose ExponentRounding.ToNearest root)
    Assert.Equal(Ok(struct (1, next / 2.0)), PowerOfTwo.decompose ExponentRounding.ToNearest next)

[<Theory>]
[<InlineData(-1.0, "-1")>]
[<InlineData(-5e-324, "-5E-324")>]
[<InlineData(Double.NaN, "NaN")>]
[<InlineData(Double.PositiveInfinity, "Infinity")>]
let ``P01 what is negative or not finite is refused by name`` (x: float, found: string) =
    let expected: Result<struct (int * float), Refusal> =
        Error(Refusal.NotANonNegativeNumber found)

    Assert.Equal(expected, PowerOfTwo.decompose ExponentRounding.Trunc x)

[<Property(Arbitrary = [| typeof<Arbitraries> |])>]
let ``P01 normalizing decomposes upward, entry by entry`` (PositiveDouble a) (PositiveDouble b) =
    let expected =
        Channelwise.perChannel [ a; b ]
        |> Channelwise.map (PowerOfTwo.decompose ExponentRounding.Upward)
        |> Channelwise.sequence

    PowerOfTwo.normalize (Channelwise.perChannel [ a; b ]) = expected && Result.isOk expected
