module QuantFunctional.Tests.WideningTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private widened (planned: QuantizedLayer) =
    planned.Warnings
    |> Seq.tryPick (fun warning ->
        match warning with
        | Warning.OutputWidened bits -> Some bits
        | _ -> None)

let private wider =
    gen {
        let! case = Gen.oneof [ LayerGen.case; LayerGen.tight ]

        let profile =
            if case.Request.Profile.Precisions.Contains Precision.SimaInt16 then
                case.Request.Profile
            else
                BackendProfile.reference

        return case |> PlainCase.on profile |> PlainCase.asked PrecisionRequest.SimaInt16OrWider
    }

/// True where an output of 32 bits, its Scale so many bits larger than that of 16 bits, is permitted.
let private permitted (case: LayerCase) (narrow: Encoding) (shifts: int seq) lowest bits =
    let scale = Exact.ofFloat narrow.Scale * Exact.pow2 bits
    let observed = Exact.ofFloat (max (abs case.Low) (abs case.High))
    let step = Exact.ofFloat narrow.StepSize * Exact.pow2 -bits

    not (Seq.isEmpty shifts)
    && Seq.forall (fun shift -> shift - bits >= lowest) shifts
    && observed * scale <= Exact.ofInt Int32.MaxValue
    && step >= Exact.pow2 -126

/// True where 32 bits hold the biases of all dead channels, which are in steps of the output.
let private holdsDead (planned: QuantizedLayer) (narrow: Encoding) bits =
    let accumulator = Interval.ofBits planned.Integers.Accumulator.Bits

    [ 0 .. planned.Integers.Shape.Channels - 1 ]
    |> List.filter planned.Plan.IsDead
    |> List.forall (fun channel ->
        let steps =
            Numbers.roundHalfEven (Math.ScaleB(planned.RealBias[channel] * narrow.Scale, bits))

        steps >= float accumulator.Low && steps <= float accumulator.High)

[<Property(MaxTest = 1000)>]
let ``a 16-bit output is widened by the most bits that shifts, range and step permit, and never with a ReLU`` () =
    Prop.forAll (Arb.fromGenShrink (wider, LayerShrink.smaller)) (fun case ->
        match LayerCase.plan case with
        | Error _ -> true |> Prop.classify true "refused"
        | Ok planned ->
            let bits = widened planned |> Option.defaultValue 0
            let output = planned.Plan.Output
            let narrow = Encoding.scalePow2 -bits output

            let live = planned.Plan.WeightScale |> Channelwise.positions ((<>) 0.0)

            let shifts =
                live |> Array.map (fun entry -> planned.Plan.Requantization.Values[entry].Shift + bits)

            let lowest = case.Request.Profile.Accumulator.UnitShift.Lowest
            let may = permitted case narrow shifts lowest

            let expected =
                if case.Relu then
                    0
                else
                    let most = [ 1..40 ] |> List.filter may |> List.fold max 0
                    if holdsDead planned narrow most then most else 0

            let isWide = output.Type = ScalarType.Int32

            ((bits = expected) |> Prop.label $"{bits} bits, not {expected}")
            .&. ((isWide = (bits > 0) && (isWide || output.Type = ScalarType.Int16)) |> Prop.label "type")
            .&. ((not isWide || output.ZeroPoint = 0) |> Prop.label "zero point")
            .&. ((planned.Integers.OutputRange.High = (if isWide then 2147483647L else 32767L)) |> Prop.label "range")
            |> Prop.classify isWide "widened"
            |> Prop.classify (planned.Trace.Retries > 0) "retried")

[<Property(MaxTest = 500)>]
let ``a widened plan is the narrow one but for the output's Scale`` () =
    Prop.forAll (Arb.fromGenShrink (wider, LayerShrink.smaller)) (fun case ->
        let narrow = PlainCase.asked (PrecisionRequest.Exactly Precision.SimaInt16) case

        match LayerCase.plan case, LayerCase.plan narrow with
        | Ok wide, Ok narrow when wide.Trace.Retries = 0 && narrow.Trace.Retries = 0 ->
            let bits = widened wide |> Option.defaultValue 0
            let p, n = wide.Plan, narrow.Plan

            ((wide.Integers.Weights = narrow.Integers.Weights && p.WeightScale = n.WeightScale)
             |> Prop.label "weights")
            .&. ((p.IntrinsicShift = n.IntrinsicShift && p.BiasScale = n.BiasScale
                  || Seq.contains 0.0 p.WeightScale.Values)
                 |> Prop.label "bias scale")
            .&. ((Exact.ofFloat p.Output.Scale = Exact.ofFloat n.Output.Scale * Exact.pow2 bits)
                 |> Prop.label "Scale")
            .&. ((bits > 0 || p.Output = n.Output) |> Prop.label "no bits, no change")
            |> Prop.classify (bits > 0) "widened"
        | _ -> true |> Prop.classify true "nothing to compare")

let private plain =
    { PlainCase.ofWeights BackendProfile.reference Precision.SimaInt16 [| [| 1.0f; -1.0f |] |] with
        Request = PlainCase.request BackendProfile.reference PrecisionRequest.SimaInt16OrWider
        InputStep = 1.0
        InputType = ScalarType.Int16
        Low = -1000.0
        High = 1000.0
    }

[<Fact>]
let ``a dead layer and a layer without spare shifts stay at 16 bits`` () =
    let dead =
        { plain with
            Weights = [| [| 0.0f; 0.0f |] |]
        }

    Assert.Equal(ScalarType.Int16, (PlainCase.plan dead).Plan.Output.Type)
    let fine = { plain with Low = -1e-3; High = 1e-3 }
    Assert.Equal(ScalarType.Int16, (PlainCase.plan fine).Plan.Output.Type)

[<Theory>]
[<InlineData(-1e9, 1.0)>]
[<InlineData(-1.0, 1e9)>]
let ``the end of the range that lies farthest from 0 says how far an output may be widened`` (low: float, high: float) =
    let far =
        { plain with
            Request =
                { plain.Request with
                    Asymmetric = false
                }
            Low = low
            High = high
        }

    // 32767·2^16 steps are the most that 32 bits hold, and shifts are left over
    Assert.Equal(Some 16, widened (PlainCase.plan far))

let private deadBias (bias: float32) =
    { plain with
        Weights = [| [| 1.0f |]; [| 0.0f |] |]
        Bias = [| 0.0f; bias |]
        InputStep = Math.ScaleB(1.0, -24)
        Low = -1.0
        High = 1.0
    }

[<Fact>]
let ``an output stays at 16 bits where a wider one would take a dead channel's bias out of the accumulator`` () =
    let planned = PlainCase.plan (deadBias 100.0f)
    Assert.Equal(None, widened planned)
    Assert.Equal(ScalarType.Int16, planned.Plan.Output.Type)
    Assert.Equal(3276750L, planned.Integers.Bias[1])

    let exactly = PrecisionRequest.Exactly Precision.SimaInt16
    let narrow = PlainCase.plan (PlainCase.asked exactly (deadBias 100.0f))
    Assert.Equal<IntegerLayer>(narrow.Integers, planned.Integers)

[<Fact>]
let ``a dead channel's bias that the wider output holds does not keep an output from widening`` () =
    let planned = PlainCase.plan (deadBias 0.25f)
    Assert.Equal(ScalarType.Int32, planned.Plan.Output.Type)
    Assert.Equal(None, PlainCase.plan (deadBias 60000.0f) |> widened)

[<Property(MaxTest = 300)>]
let ``where the 16-bit plan of a layer with a dead channel exists, so does one that may be wider`` () =
    let cases =
        gen {
            let! case = wider
            let! exponent = Gen.choose (-8, 40)
            let! channel = Gen.choose (0, case.Channels - 1)

            let bias =
                Array.init case.Channels (fun c -> if c < case.Bias.Length then case.Bias[c] else 0.0f)

            bias[channel] <- MathF.ScaleB(1.0f, exponent)
            let weights = Array.copy case.Weights
            weights[channel] <- Array.zeroCreate case.Length

            return
                { case with
                    Weights = weights
                    Bias = bias
                    Correction = Correction.Off
                }
        }

    Prop.forAll (Arb.fromGen cases) (fun case ->
        let narrow = PlainCase.asked (PrecisionRequest.Exactly Precision.SimaInt16) case

        match LayerCase.plan case, LayerCase.plan narrow with
        | Error refused, Ok _ -> false |> Prop.label refused.Message
        | Ok planned, Ok _ -> true |> Prop.classify ((widened planned).IsSome) "widened"
        | _ -> true |> Prop.classify true "refused")
