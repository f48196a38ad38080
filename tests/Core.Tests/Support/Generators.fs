namespace QuantFunctional.Testing

open System
open System.Globalization
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// Generators of layers that aim at the edges of planning.
[<RequireQualifiedAccess>]
module LayerGen =

    let private single (x: float) =
        float32 (Math.Clamp(x, -Numbers.largestSingle, Numbers.largestSingle))

    let private unit =
        Gen.choose (-1_000_000, 1_000_000) |> Gen.map (fun n -> float n / 1e6)

    /// A positive number, every power of two in the range as likely as another.
    let magnitude (lowest: int) (highest: int) : Gen<float> =
        Gen.map2
            (fun exponent part -> Math.ScaleB(1.0 + float part / 1e6, exponent))
            (Gen.choose (lowest, highest))
            (Gen.frequency [ 1, Gen.constant 0; 3, Gen.choose (0, 999_999) ])

    let private signed (source: Gen<float>) =
        Gen.map2 (fun (negative: bool) x -> if negative then -x else x) (Gen.elements [ true; false ]) source

    /// The weights of one channel; `size` is the magnitude that its neighbours have.
    let channel (length: int) (size: float) : Gen<float32 array> =
        let many weight =
            Gen.arrayOfLength length (Gen.map single weight)

        Gen.frequency
            [
                12, many (Gen.map ((*) size) unit)
                1, many (signed (magnitude -100 100))
                1, many (Gen.map ((*) (size * 1e4)) unit)
                1, many (Gen.map ((*) (size * 1e-7)) unit)
                1, many (Gen.map (fun u -> u * 1e30) unit)
                1, many (Gen.constant 0.0)
                1, many (Gen.choose (-9, 9) |> Gen.map (fun n -> float n * float Single.Epsilon))
                1, many (Gen.constant size)
            ]

    let private length =
        Gen.frequency
            [
                1, Gen.constant 1
                12, Gen.choose (1, 40)
                6, Gen.choose (41, 200)
                1, Gen.choose (1000, 4000)
            ]

    let weights: Gen<float32 array array> =
        gen {
            let! length = length
            let! channels = Gen.choose (1, (if length > 200 then 3 else 12))
            let! size = Gen.frequency [ 6, magnitude -12 3; 1, magnitude -140 120 ]
            let! plain = Gen.elements [ true; false ]

            let ordinary = Gen.arrayOfLength length (Gen.map (fun u -> single (u * size)) unit)

            return! Gen.arrayOfLength channels (if plain then ordinary else channel length size)
        }

    /// Biases from nothing to far beyond what the integers can say; `width` is what the sums span, `steps` what
    /// a step of the accumulator is in each channel.
    let bias (steps: float array) (width: float) : Gen<float32 array> =
        let channels = steps.Length

        // beside the end of int32, where the product takes the sum over it
        let atTheEnd (parts: float array) =
            Array.map2 (fun step part -> single (Math.CopySign(2147483648.0 * step, part) - part * width)) steps parts

        let every source =
            Gen.arrayOfLength channels (Gen.map single source)

        Gen.frequency
            [
                2, Gen.constant [||]
                1, every (Gen.constant 0.0)
                6, every (Gen.map ((*) width) unit)
                1, every (Gen.map2 (fun u k -> u * Math.ScaleB(width, k)) unit (Gen.choose (0, 30)))
                1, every (signed (magnitude -149 127))
                1, Gen.map atTheEnd (Gen.arrayOfLength channels unit)
            ]

    let inputStep: Gen<float> =
        Gen.frequency
            [
                3, Gen.choose (-20, 6) |> Gen.map (fun exponent -> Math.ScaleB(1.0, exponent))
                6, magnitude -20 5
                1, magnitude -120 100
            ]

    let zeroPoint: Gen<int> =
        Gen.frequency [ 2, Gen.elements [ -128; 0; 127; -1 ]; 3, Gen.choose (-128, 127) ]

    let private anyRange: Gen<float * float> =
        let far = magnitude -100 100

        Gen.oneof
            [
                Gen.map2 (fun a b -> -a, b) far far
                Gen.map (fun b -> 0.0, b) far
                Gen.map (fun a -> -a, 0.0) far
                Gen.map (fun c -> c, c) (signed far)
                Gen.constant (0.0, 0.0)
            ]

    /// The range that the layer itself reaches, or a part of it as real inputs leave it.
    let private ownRange (lowest: float, highest: float) =
        Gen.choose (0, 8)
        |> Gen.map (fun k ->
            let part x =
                Math.Clamp(Math.ScaleB(x, -k), -1e30, 1e30)

            part lowest, part highest)

    let private requests =
        [
            for profile in [ BackendProfile.reference; BackendProfile.tflite; BackendProfile.onnxRuntime ] do
                for precision in profile.Precisions do
                    if precision.OutputType = ScalarType.Int8 then
                        profile, PrecisionRequest.Exactly precision

                        if precision = Precision.SimaInt8 then
                            profile, PrecisionRequest.SimaInt8OrTflite
        ]

    let request: Gen<PlanRequest> =
        gen {
            let! profile, precision = Gen.elements requests
            let! perChannel = Gen.elements [ true; false ]
            let! asymmetric = Gen.frequency [ 3, Gen.constant true; 1, Gen.constant false ]

            return
                {
                    Profile = profile
                    Precision = precision
                    PerChannel = perChannel
                    Asymmetric = asymmetric
                    BiasCorrection = BiasCorrection.Off
                }
        }

    let case: Gen<LayerCase> =
        gen {
            let! request = request
            let! relu = Gen.frequency [ 2, Gen.constant false; 1, Gen.constant true ]
            let! weights = weights
            let! step = inputStep
            let! zeroPoint = zeroPoint
            let lowest, highest = LayerCase.reach step zeroPoint weights [||]

            let steps =
                weights |> Array.map (fun values -> step / 127.0 * float (Array.max (Array.map abs values)))

            let! bias = bias steps (highest - lowest)
            let own = ownRange (LayerCase.reach step zeroPoint weights bias)
            let! low, high = Gen.frequency [ 4, own; 1, anyRange ]

            return
                {
                    Request = request
                    Relu = relu
                    Weights = weights
                    Bias = bias
                    InputStep = step
                    InputZeroPoint = zeroPoint
                    Low = if relu then max low 0.0 else low
                    High = if relu then max high 0.0 else high
                }
        }

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
        Arb.fromGenShrink (LayerGen.case, LayerCase.shrink)

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
