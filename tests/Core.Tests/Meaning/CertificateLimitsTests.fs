module QuantFunctional.Tests.CertificateLimitsTests

open System
open System.Collections.Immutable
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open global.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

/// One output channel with weights above 0 alone, planned for a profile; then its constants are changed.
let private planned (profile: BackendProfile) (precision: Precision) : QuantizedLayer =
    let case =
        { PlainCase.ofWeights profile precision [| [| 1.0f; 0.5f |] |] with
            Low = -200.0
            High = 200.0
        }

    PlainCase.plan (
        if profile.Paths.Contains ActivationPath.Int8 then
            case
        else
            PlainCase.wide case
    )

let private violations (weightScale: Channelwise<float>) (layer: IntegerLayer) =
    Seq.toList (Certificate.ofLayer weightScale layer).Violations

/// The constants of a layer that are out of range, by name.
let private outside (layer: IntegerLayer) =
    violations (Channelwise.perTensor 0.0) layer
    |> List.choose (fun violation ->
        match violation with
        | Violation.ConstantOutOfRange(what, _, _, _, _) -> Some what
        | _ -> None)

let private on (profile: BackendProfile) (path: ActivationPath) (layer: IntegerLayer) =
    { layer with
        Profile = profile
        Path = path
    }

let private factor (multiplier: int) (shift: int) (layer: IntegerLayer) =
    { layer with
        Multiplier = Channelwise.perTensor multiplier
        Shift = Channelwise.perTensor shift
    }

[<Fact>]
let ``P08 every constant is taken at its limits and refused one beyond`` () =
    let reference = (planned BackendProfile.reference Precision.TfliteInt8).Integers
    let tflite = (planned BackendProfile.tflite Precision.TfliteInt8).Integers

    let wide =
        { on BackendProfile.tflite ActivationPath.Int16 tflite with
            Input = LayerCase.need (Encoding.ofStep 1.0 0 ScalarType.Int16)
        }

    let half = 1 <<< 30

    let taken: (string * IntegerLayer) list =
        [
            // exponents −31 to 30 for gemmlowp, −31 to 7 for the 64-bit rule
            "the exponent", factor half 62 tflite
            "the exponent", factor half 1 tflite
            "the exponent", factor half 62 wide
            "the exponent", factor half 24 wide
            // shifts 0 to 62 with a multiplier, 0 to 31 without
            "the shift", factor half 62 reference
            "the shift", factor 1 31 reference
            "the shift", factor 1 0 reference
            "the multiplier", factor Int32.MaxValue 40 reference
            "the multiplier", factor 1 8 reference
            "the bias",
            { reference with
                Bias = ImmutableArray.Create(int64 Int32.MinValue)
            }
            "the bias",
            { reference with
                Bias = ImmutableArray.Create(int64 Int32.MaxValue)
            }
            "the number added after the requantization", { reference with OutputOffset = -128 }
            "the number added after the requantization", { reference with OutputOffset = 127 }
            "the lowest output",
            { reference with
                OutputRange = { Low = -128L; High = 127L }
            }
            "the highest output",
            { reference with
                OutputRange = { Low = 5L; High = 5L }
            }
        ]

    for what, layer in taken do
        Assert.DoesNotContain(what, outside layer)

    let refused: (string * IntegerLayer) list =
        [
            "the exponent", factor half 63 tflite
            "the exponent", factor half 0 tflite
            "the exponent", factor half 63 wide
            "the exponent", factor half 23 wide
            "the shift", factor half 63 reference
            "the shift", factor 1 32 reference
            "the shift", factor 1 -1 reference
            "the multiplier", factor 0 8 reference
            "the bias",
            { reference with
                Bias = ImmutableArray.Create(int64 Int32.MinValue - 1L)
            }
            "the bias",
            { reference with
                Bias = ImmutableArray.Create(int64 Int32.MaxValue + 1L)
            }
            "the number added after the requantization", { reference with OutputOffset = -129 }
            "the number added after the requantization", { reference with OutputOffset = 128 }
            "the lowest output",
            { reference with
                OutputRange = { Low = -129L; High = 127L }
            }
            "the highest output",
            { reference with
                OutputRange = { Low = -128L; High = 128L }
            }
            "the highest output",
            { reference with
                OutputRange = { Low = 5L; High = 4L }
            }
            "the intrinsic shift",
            { reference with
                IntrinsicShift = Channelwise.perTensor IntrinsicShift.Lo
            }
            "the input's zero point",
            { wide with
                Input = LayerCase.need (Encoding.ofStep 1.0 1 ScalarType.Int16)
            }
            "the input's zero point",
            { reference with
                Input = LayerCase.need (Encoding.ofStep 1.0 128 ScalarType.Int16)
            }
        ]

    for what, layer in refused do
        Assert.Contains(what, outside layer)

[<Fact>]
let ``P08 an int15 layer has one of two intrinsic shifts`` () =
    let layer =
        (PlainCase.ofWeights BackendProfile.reference Precision.TfliteInt8 [| [| 1.0f; 0.5f |] |]
         |> PlainCase.wide
         |> PlainCase.plan)
            .Integers

    for h in -1 .. 9 do
        let found =
            outside
                { layer with
                    IntrinsicShift = Channelwise.perTensor h
                }

        Assert.Equal((h <> 1 && h <> 8), List.contains "the intrinsic shift" found)

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P05 a multiplier one off is not what the scales claim, nor is a shift`` (case: LayerCase) =
    let case =
        case
        |> PlainCase.on BackendProfile.reference
        |> PlainCase.asked (PrecisionRequest.Exactly Precision.TfliteInt16)

    match LayerCase.plan case with
    | Error _ -> true |> Prop.classify true "refused"
    | Ok planned ->
        let q = planned.Integers

        let isFound (layer: IntegerLayer) =
            violations planned.Plan.WeightScale layer
            |> List.exists (fun violation ->
                match violation with
                | Violation.ScaleNotHeld _ -> true
                | _ -> false)

        let live =
            [ 0 .. q.Shape.Channels - 1 ] |> List.filter (fun channel -> not (planned.Plan.IsDead channel))

        let hasLive = not live.IsEmpty

        // between two multipliers, to what the doubles of the scales round, both are right
        let isTie channel =
            let requantization = planned.Plan.Requantization[channel]
            let exact = Math.ScaleB(requantization.Scale, requantization.Shift)
            abs (abs (exact - float requantization.Multiplier) - 0.5) < Math.ScaleB(1.0, -16)

        let isClear = not (List.forall isTie live)

        let off (multiplier: int) (shift: int) =
            { q with
                Multiplier = Channelwise.map ((+) multiplier) q.Multiplier
                Shift = Channelwise.map ((+) shift) q.Shift
            }

        ((isFound (off 1 0) = hasLive && isFound (off -1 0) = hasLive || hasLive && not isClear)
         |> Prop.label "multiplier")
        .&. ((isFound (off 0 1) = hasLive && isFound (off 0 -1) = hasLive) |> Prop.label "shift")
        .&. (not (isFound q) |> Prop.label "as planned")
        |> Prop.classify hasLive "live"

[<Theory>]
[<InlineData(0L, true)>]
[<InlineData(1L, false)>]
let ``P08 a sum is held to the last value of the accumulator, and one beyond has a witness``
    (beyond: int64, safe: bool)
    =
    let layer = (planned BackendProfile.reference Precision.TfliteInt8).Integers

    let end' highest =
        let product = Bounds.ofChannel layer 0 |> List.head

        if highest then
            int64 Int32.MaxValue - int64 product.Largest + beyond
        else
            int64 Int32.MinValue - int64 product.Smallest - beyond

    for highest in [ true; false ] do
        let shifted =
            { layer with
                Bias = ImmutableArray.Create(end' highest)
            }

        let witnesses =
            violations (Channelwise.perTensor 0.0) shifted
            |> List.choose (fun violation ->
                match violation with
                | Violation.Overflow(bound, witness) when bound.Intermediate = Intermediate.ProductAndBias ->
                    Some(Seq.toArray witness)
                | _ -> None)

        Assert.Equal(safe, witnesses.IsEmpty)

        for witness in witnesses do
            let _, product = Tiny.products shifted 0 witness
            let sum = product + bigint shifted.Bias[0]
            Assert.True(sum > bigint Int32.MaxValue || sum < bigint Int32.MinValue)
