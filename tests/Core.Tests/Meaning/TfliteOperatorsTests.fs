module QuantFunctional.Tests.TfliteOperatorsTests

open System
open System.Collections.Immutable
open Xunit
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

let private storage (step: float32) (zero: int) (bits: int) : Storage =
    {
        Step = step
        ZeroPoint = zero
        Lowest = -(1 <<< (bits - 1))
        Highest = (1 <<< (bits - 1)) - 1
    }

[<Fact>]
let ``the smallest factor that is not 0 is 2^-32`` () =
    let factor (x: float) =
        let factor = (TfliteFactor.ofReal 0.0 x).Value
        factor.Multiplier, factor.Exponent

    Assert.Equal((1 <<< 30, -31), factor (Math.ScaleB(1.0, -32)))
    Assert.Equal((0, 0), factor (Math.BitDecrement(Math.ScaleB(0.9, -32))))

[<Fact>]
let ``means between two integers go away from zero`` () =
    let means = [ -3L, 2; -1L, 2; 0L, 2; 1L, 2; 3L, 2; -1L, 3; 2L, 3; -5L, 3 ]

    Assert.Equal<int list>(
        [ -2; -1; 0; 1; 2; 0; 1; -2 ],
        means |> List.map (fun (sum, count) -> TflitePools.rounded sum count)
    )

let private windows (positions: int) : KernelPlacement =
    {
        OutputSizes = ImmutableArray.Create(1, 1)
        Inputs = Array.init positions (fun at -> if at = 0 then -1 else at - 1)
    }

[<Fact>]
let ``an average over unsigned integers is that over the signed ones, ties included, and padding counts as the real 0``
    ()
    =
    let property =
        Prop.forAll (ArbMap.defaults |> ArbMap.arbitrary<sbyte[]>) (fun values ->
            let values = Array.append [| 5y |] values
            let signed = Array.map int values

            let average (storage: Storage) (offset: int) (counts: bool) =
                let input: IntegerTensor =
                    {
                        Sizes = ImmutableArray.Create(1, 1, 1, signed.Length)
                        Values = ImmutableArray.CreateRange(Seq.map (fun value -> value + offset) signed)
                    }

                (TflitePools.average storage counts (windows (signed.Length + 1)) input).Values[0] - offset

            let ofSigned = storage 1.0f -7 8

            let ofUnsigned =
                { ofSigned with
                    ZeroPoint = 121
                    Lowest = 0
                    Highest = 255
                }

            average ofSigned 0 false = TflitePools.rounded (Array.sumBy int64 signed) signed.Length
            && average ofSigned 0 true = TflitePools.rounded (Array.sumBy int64 signed - 7L) (signed.Length + 1)
            && average ofUnsigned 128 false = average ofSigned 0 false
            && average ofUnsigned 128 true = average ofSigned 0 true)

    FsCheck.Check.QuickThrowOnFailure property

[<Fact>]
let ``an output so fine that TFLite's result is undefined is refused`` () =
    let coarse, fine = storage 1.0f 0 8, storage 1e-8f 0 8
    let rounding = RequantizationRounding.TwiceGemmlowp
    Assert.True((TfliteElementwise.add rounding coarse coarse coarse).IsSome)
    Assert.True((TfliteElementwise.add rounding coarse coarse (storage 1e-6f 0 8)).IsNone)
    Assert.True((TfliteElementwise.multiply rounding coarse coarse fine).IsNone)
    Assert.True((TfliteElementwise.multiply rounding (storage 1e30f 0 8) (storage 1e30f 0 8) fine).IsNone)
    Assert.True((TfliteConversions.requantize rounding coarse fine).IsNone)
    Assert.True((TfliteTables.leakyRelu rounding 0.5f coarse fine).IsNone)
    Assert.True((TfliteTables.leakyRelu rounding -0.5f coarse coarse).IsNone)
    Assert.True((TflitePools.mean rounding coarse fine).IsNone)

[<Fact>]
let ``a factor may shift its largest operand to the end of int32 and no further`` () =
    let exponent largest =
        TfliteFactor.ofReal largest 4.0 |> Option.map _.Exponent

    Assert.Equal(Some 3, exponent (float (Int32.MaxValue >>> 3)))
    Assert.Equal(None, exponent (float ((Int32.MaxValue >>> 3) + 1)))

    let factor = (TfliteFactor.ofReal 0.0 4.0).Value
    let multiply = TfliteFactor.multiply RequantizationRounding.OnceTiesUp factor
    Assert.Equal(-4 * 268435455, multiply -268435455)
    Assert.Throws<OverflowException>(fun () -> multiply 268435456 |> ignore) |> ignore

[<Fact>]
let ``sums that TFLite's int32 does not hold overflow visibly`` () =
    let wide = storage 1.0f 0 16
    let mean = (TflitePools.mean RequantizationRounding.TwiceGemmlowp wide wide).Value

    Assert.Equal(32767, mean (Array.replicate 65_536 32_767))
    Assert.Throws<OverflowException>(fun () -> mean (Array.replicate 65_539 32_767) |> ignore) |> ignore

    let softmax =
        TfliteSoftmax.ofRow RequantizationRounding.TwiceGemmlowp (storage 0.1f 0 8)

    Assert.Equal(4_095, (softmax (Array.zeroCreate 4_095)).Length)
    Assert.Throws<OverflowException>(fun () -> softmax (Array.zeroCreate 4_096) |> ignore) |> ignore
