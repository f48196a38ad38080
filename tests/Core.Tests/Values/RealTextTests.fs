module QuantFunctional.Tests.RealTextTests

open System
open System.Globalization
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional.FSharp

let private invariant = CultureInfo.InvariantCulture

let private bitsOf (x: float) = BitConverter.DoubleToInt64Bits x

/// True where the text is x's, read as a number and as JSON, bit for bit.
let private readsBack (x: float) =
    let text = RealText.ofDouble x

    bitsOf (Double.Parse(text, invariant)) = bitsOf x
    && bitsOf (Text.Json.JsonDocument.Parse(text).RootElement.GetDouble()) = bitsOf x

let private readsBackAsSingle (x: float32) =
    let text = RealText.ofSingle x

    BitConverter.SingleToInt32Bits(Single.Parse(text, invariant)) = BitConverter.SingleToInt32Bits x
    && Text.Json.JsonDocument.Parse(text).RootElement.GetSingle() = x

[<Fact>]
let ``P15 every power of two and its neighbours read back as they are`` () =
    for exponent in -1074 .. 1023 do
        let x = Math.ScaleB(1.0, exponent)

        for near in [ x; Math.BitIncrement x; Math.BitDecrement x; -x ] do
            Assert.True(readsBack near, RealText.ofDouble near)

    for exponent in -149 .. 127 do
        let x = MathF.ScaleB(1.0f, exponent)

        for near in [ x; MathF.BitIncrement x; MathF.BitDecrement x; -x ] do
            Assert.True(readsBackAsSingle near, RealText.ofSingle near)
            Assert.True(readsBack (float near), RealText.ofDouble (float near))

[<Theory>]
[<InlineData(-25, "2.9802322387695312E-08")>]
[<InlineData(-958, "4.1045368012983762E-289")>]
[<InlineData(-26, "1.4901161193847656E-08")>]
[<InlineData(-1, "0.5")>]
let ``the powers of two whose shortest form means the double below have 17 digits`` (exponent: int, text: string) =
    Assert.Equal(text, RealText.ofDouble (Math.ScaleB(1.0, exponent)))

[<Theory>]
[<InlineData(0.1, "0.1")>]
[<InlineData(-0.0, "-0")>]
[<InlineData(1e300, "1E+300")>]
[<InlineData(Double.NaN, "NaN")>]
[<InlineData(Double.NegativeInfinity, "-Infinity")>]
let ``other numbers have as few digits as they need`` (x: float, text: string) = Assert.Equal(text, RealText.ofDouble x)

[<Property(MaxTest = 20000)>]
let ``P15 the text of any double is read back as it is`` (bits: uint64) (exponent: uint16) =
    // every binade as likely as another: FsCheck's own doubles are near 1
    let mixed =
        (bits * 0x9E3779B97F4A7C15UL) >>> 12 ||| (uint64 (exponent % 2047us) <<< 52)

    let x = BitConverter.UInt64BitsToDouble mixed
    (readsBack x && readsBack -x) |> Prop.label (RealText.ofDouble x)

[<Property(MaxTest = 20000)>]
let ``P15 the text of any float32 is read back as it is`` (bits: uint32) (exponent: byte) =
    let mixed = (bits * 0x9E3779B1u) >>> 9 ||| (uint32 (exponent % 255uy) <<< 23)
    let x = BitConverter.UInt32BitsToSingle mixed
    readsBackAsSingle x && readsBackAsSingle -x
