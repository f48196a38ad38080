namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// What a file states of a layer beside its integers and scales, held to them. It shares no code with planning.
[<RequireQualifiedAccess>]
module Claims =

    let private ofChannels (layer: IntegerLayer) (find: int -> Violation list) : ImmutableArray<Violation> =
        ImmutableArray.CreateRange<Violation>(Seq.collect find (seq { 0 .. layer.Shape.Channels - 1 }))

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
        ofChannels layer (fun channel ->
            let step = layer.Input.StepSize / weightScale[channel]
            let held = Numbers.scalePow2 layer.IntrinsicShift[channel] step
            let claimed = biasStep[channel]

            if weightScale[channel] = 0.0 || abs (claimed - held) <= held * biasStepTolerance then
                []
            else
                [ Violation.BiasStepNotHeld(channel, claimed, held) ])

    /// The channels whose multiplier and shift are not the factor that is stated beside the scales; those that contradict
    /// the scales, too, are left to the certificate.
    let factors
        (weightScale: Channelwise<float>)
        (factor: Channelwise<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ofChannels layer (fun channel ->
            let ofScales = Certificate.claimed layer weightScale channel

            if (Certificate.notHeld layer channel ofScales).IsEmpty then
                Certificate.notHeld layer channel (ValueSome factor[channel])
            else
                [])

    /// P where every input is Za, which the bias takes off where the inputs do not (SPEC section 1).
    let private zeroProduct (layer: IntegerLayer) (channel: int) : bigint =
        let struct (positive, negative) = Bounds.sums layer channel
        let weights = positive + negative

        match layer.Path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> bigint (layer.Input.ZeroPoint - layer.InputOffset) * weights
        | ActivationPath.Int15 ->
            // the floor of both halves' sums is that of their whole
            let product = bigint (layer.Input.ZeroPoint >>> 1) * weights

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                product >>> 7
            else
                product

    /// Sb: the steps of a channel's accumulator per real unit.
    let private biasScale (layer: IntegerLayer) (weightScale: float) (channel: int) : float =
        if weightScale = 0.0 then
            layer.Output.Scale
        else
            Numbers.scalePow2 -layer.IntrinsicShift[channel] (layer.Input.Scale * weightScale)

    /// The channels whose integer bias is not the real one that is stated, to half a step (SPEC, P06). Where the number added
    /// after the requantization is not the output's zero point, the rest of it travels in the bias.
    let biases
        (weightScale: Channelwise<float>)
        (realBias: ImmutableArray<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ofChannels layer (fun channel ->
            let scale = biasScale layer weightScale[channel] channel
            let real = realBias[channel] * scale
            let integer = float (bigint layer.Bias[channel] + zeroProduct layer channel)
            let travels = layer.Output.ZeroPoint - layer.OutputOffset
            let steps = integer - float travels / Certificate.held layer channel

            // what the doubles on the way round
            let rounded = Math.ScaleB(abs real + abs steps, -50)

            if abs (steps - real) <= 0.5 + rounded then
                []
            else
                [ Violation.BiasNotHeld(channel, realBias[channel], steps / scale) ])

    /// What is added after the requantization, where it is not what precision and zero point claim; what its type does not
    /// hold is left to the certificate.
    let offset (claimed: int) (layer: IntegerLayer) : ImmutableArray<Violation> =
        match Encoding.wholeRange layer.Output.Type with
        | Ok range when layer.OutputOffset <> claimed && Interval.contains (int64 layer.OutputOffset) range ->
            ImmutableArray.Create<Violation>(Violation.OffsetNotHeld(claimed, layer.OutputOffset))
        | _ -> ImmutableArray.Empty
