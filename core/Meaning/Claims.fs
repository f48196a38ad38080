namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// What a file states of a layer beside its integers and scales, held to them. It shares no code with planning.
[<RequireQualifiedAccess>]
module Claims =

    // what rounding each of the steps and their product to float32 can make of it, rounded up
    let private biasStepTolerance = Math.ScaleB(1.0, -22)

    /// The channels whose bias is stored in another step than xStep·wStep·2^h, for layers of files that state it. The bound is
    /// 2^−22, what float32 can round on the way; ONNX Runtime lets 1 % + 1e-6 pass and then adds the bias in steps of
    /// xStep·wStep all the same, so that the bias is wrong by the difference.
    let biasSteps
        (weightScale: Channelwise<float>)
        (biasStep: Channelwise<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ImmutableArray.CreateRange<Violation>
            [
                for channel in 0 .. layer.Shape.Channels - 1 do
                    if weightScale[channel] <> 0.0 then
                        let step = layer.Input.StepSize / weightScale[channel]
                        let held = Numbers.scalePow2 layer.IntrinsicShift[channel] step
                        let claimed = biasStep[channel]

                        if not (abs (claimed - held) <= held * biasStepTolerance) then
                            Violation.BiasStepNotHeld(channel, claimed, held)
            ]

    /// The channels whose multiplier and shift are not the factor that is stated beside the scales; those that contradict
    /// the scales, too, are left to the certificate.
    let factors
        (weightScale: Channelwise<float>)
        (factor: Channelwise<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ImmutableArray.CreateRange<Violation>
            [
                for channel in 0 .. layer.Shape.Channels - 1 do
                    if (Certificate.notHeld layer channel (Certificate.claimed layer weightScale channel)).IsEmpty then
                        yield! Certificate.notHeld layer channel (ValueSome factor[channel])
            ]

    /// P where every input is Za, which the bias takes off where the inputs do not (SPEC section 1).
    let private zeroProduct (layer: IntegerLayer) (channel: int) : bigint =
        let struct (positive, negative) = Bounds.sums layer channel
        let weights = positive + negative

        match layer.Path with
        | ActivationPath.Int15 ->
            let struct (high, low) = IntrinsicShift.halves layer.Input.ZeroPoint

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                bigint high * weights + ((bigint low * weights) >>> 7)
            else
                ((bigint high * weights) <<< 7) + bigint low * weights
        | path when layer.Profile.InputZeroPointInBias path -> bigint layer.Input.ZeroPoint * weights
        | _ -> 0I

    /// The channels whose integer bias is not the real one that is stated, to half a step (SPEC, P06). Where precision and
    /// zero point let the output's zero point travel in the bias, it is taken off.
    let biases
        (weightScale: Channelwise<float>)
        (realBias: ImmutableArray<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ImmutableArray.CreateRange<Violation>
            [
                for channel in 0 .. layer.Shape.Channels - 1 do
                    let scale =
                        match weightScale[channel] with
                        | 0.0 -> layer.Output.Scale
                        | weights -> Numbers.scalePow2 -layer.IntrinsicShift[channel] (layer.Input.Scale * weights)

                    let travels = layer.Output.ZeroPoint - layer.OutputOffset
                    let steps = float (bigint layer.Bias[channel] + zeroProduct layer channel)
                    let steps = steps - float travels / Certificate.held layer channel
                    let real = realBias[channel] * scale

                    // what the doubles on the way round
                    let rounded = Math.ScaleB(abs real + abs steps, -50)

                    if not (abs (steps - real) <= 0.5 + rounded) then
                        Violation.BiasNotHeld(channel, realBias[channel], steps / scale)
            ]

    /// What is added after the requantization, where it is not what precision and zero point claim; what its type does not
    /// hold is left to the certificate.
    let offset (claimed: int) (layer: IntegerLayer) : ImmutableArray<Violation> =
        match Encoding.wholeRange layer.Output.Type with
        | Ok range when layer.OutputOffset <> claimed && Interval.contains (int64 layer.OutputOffset) range ->
            ImmutableArray.Create<Violation>(Violation.OffsetNotHeld(claimed, layer.OutputOffset))
        | _ -> ImmutableArray.Empty
