namespace QuantFunctional.Testing

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open QuantFunctional.FSharp

/// A positive finite double: every binade as likely as another, down to the subnormals.
[<StructuredFormatDisplay("{Text}")>]
type PositiveDouble =
    | PositiveDouble of float

    member p.Text =
        let (PositiveDouble x) = p
        x.ToString("R", CultureInfo.InvariantCulture)

/// A positive normal float32, as a double.
[<StructuredFormatDisplay("{Text}")>]
type PositiveSingle =
    | PositiveSingle of float

    member p.Text =
        let (PositiveSingle x) = p
        x.ToString("R", CultureInfo.InvariantCulture)

/// What FsCheck is told by `Property(Arbitrary = ...)`.
type Arbitraries =
    static member PositiveSingle() : Arbitrary<PositiveSingle> =
        let inside = LayerGen.magnitude -126 127 |> Gen.map Numbers.toSingle

        let below =
            Gen.choose (-125, 128) |> Gen.map (fun e -> Math.ScaleB(1.0 - Math.ScaleB(1.0, -24), e))

        Arb.fromGen (Gen.oneof [ inside; below ])
        |> Arb.convert PositiveSingle (fun (PositiveSingle x) -> x)

    static member LayerCase() : Arbitrary<LayerCase> =
        let cases = Gen.frequency [ 4, LayerGen.case; 1, LayerGen.tight ]

        Arb.fromGenShrink (cases, LayerShrink.smaller)

    static member PositiveDouble() : Arbitrary<PositiveDouble> =
        let power = Gen.choose (-1074, 1023) |> Gen.map (fun e -> Math.ScaleB(1.0, e))

        let inside =
            Gen.map2 (fun p n -> p * (1.0 + float n / 1e9)) power (Gen.choose (0, 999_999_999))

        let below = Gen.map Math.BitDecrement power // where rounding carries

        let root =
            Gen.map2 (fun p n -> p * (1.4142135623730951 + float n * 2.0 ** -52)) power (Gen.choose (-2, 2))

        let simpler x =
            [ Math.ScaleB(x, -Math.ILogB x); Math.ScaleB(1.0, Math.ILogB x) ] |> Seq.filter ((<>) x)

        Arb.fromGenShrink (
            Gen.oneof [ power; inside; below; root ] |> Gen.filter (fun x -> x > 0.0 && Double.IsFinite x),
            simpler
        )
        |> Arb.convert PositiveDouble (fun (PositiveDouble x) -> x)
