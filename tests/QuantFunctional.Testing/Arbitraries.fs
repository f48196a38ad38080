namespace QuantFunctional.Testing

open System
open FsCheck
open FsCheck.FSharp
open QuantFunctional
open QuantFunctional.FSharp

/// A positive finite double: every binade as likely as another, down to the subnormals.
[<StructuredFormatDisplay("{Text}")>]
type PositiveDouble =
    | PositiveDouble of float

    member p.Text =
        let (PositiveDouble x) = p
        RealText.ofDouble x

/// A positive normal float32, as a double.
[<StructuredFormatDisplay("{Text}")>]
type PositiveSingle =
    | PositiveSingle of float

    member p.Text =
        let (PositiveSingle x) = p
        RealText.ofDouble x

/// A layer together with its plan.
[<StructuredFormatDisplay("{Text}"); NoComparison>]
type PlannedCase =
    {
        Case: LayerCase
        Plan: QuantizedLayer
    }

    /// The layer as F# source.
    member p.Text = p.Case.Text

/// What FsCheck is told by `Property(Arbitrary = [| typeof<Arbitraries> |])`.
type Arbitraries =

    /// The named profiles, and others that a user might draw up.
    static member BackendProfile() : Arbitrary<BackendProfile> =
        Arb.fromGenShrink (RequestGen.profile, RequestShrink.profile)

    /// Requests that a profile runs.
    static member PlanRequest() : Arbitrary<PlanRequest> =
        Arb.fromGenShrink (Gen.map fst RequestGen.request, RequestShrink.smaller)

    /// Distributions of layers of 1 to 12 channels.
    static member ObservedDistribution() : Arbitrary<ObservedDistribution> =
        Arb.fromGenShrink (Gen.choose (1, 12) |> Gen.bind DistributionGen.distribution, DistributionGen.smaller)

    /// Layers that can be planned, with their plans.
    static member PlannedCase() : Arbitrary<PlannedCase> =
        let planned (case: LayerCase) =
            LayerCase.plan case |> Result.toOption |> Option.map (fun plan -> { Case = case; Plan = plan })

        Arb.fromGenShrink (
            LayerGen.case |> Gen.map planned |> Gen.filter Option.isSome |> Gen.map Option.get,
            fun case -> LayerShrink.smaller case.Case |> Seq.choose planned
        )

    /// Integer layers of every named profile, each with an input, to try a kernel on with `KernelCheck.Holds`.
    static member KernelCase() : Arbitrary<KernelCase> = KernelCheck.Arbitrary(KernelOptions())

    /// Positive normal float32 numbers of every magnitude, and those just below a power of two.
    static member PositiveSingle() : Arbitrary<PositiveSingle> =
        let inside = NumberGen.magnitude -126 127 |> Gen.map Numbers.toSingle

        let below =
            Gen.choose (-125, 128) |> Gen.map (fun e -> Math.ScaleB(1.0 - Math.ScaleB(1.0, -24), e))

        Arb.fromGen (Gen.oneof [ inside; below ])
        |> Arb.convert PositiveSingle (fun (PositiveSingle x) -> x)

    /// Joins of 8-bit integers with steps of every kind, many on which arithmetics disagree.
    static member JoinCase() : Arbitrary<JoinCase> = Arb.fromGen JoinGen.case

    /// Layers and requests of every kind, aimed at the edges of planning; many are refused.
    static member LayerCase() : Arbitrary<LayerCase> =
        let cases = Gen.frequency [ 4, LayerGen.case; 1, LayerGen.tight ]

        Arb.fromGenShrink (cases, LayerShrink.smaller)

    /// Positive doubles down to the subnormals, powers of two and their neighbours among them.
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
