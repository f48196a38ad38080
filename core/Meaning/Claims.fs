namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// What a file states of a layer beside its integers and scales, held to them. It shares no code with planning.
[<RequireQualifiedAccess>]
module Claims =

    let private ofChannels (layer: IntegerLayer) (find: int -> Violation list) : ImmutableArray<Violation> =
        ImmutableArray.CreateRange<Violation>(Seq.collect find (seq { 0 .. layer.Shape.Channels - 1 }))

    // what rounding each of the steps and their product can make of it, rounded up
    let private biasStepTolerance (format: StepFormat) =
        match format with
        | StepFormat.Float16 -> Math.ScaleB(1.0, -9)
        | StepFormat.Float32 -> Math.ScaleB(1.0, -22)
        | StepFormat.Float64 -> Math.ScaleB(1.0, -50)

    /// The channels whose bias is stored in another step than xStep·wStep·2^h, or yStep of a dead one, for layers of files that state it. The bound is
    /// what the format of the claimed steps can round on the way, 2^−22 in float32; ONNX Runtime lets 1 % + 1e-6 pass and then adds the bias in steps of
    /// xStep·wStep all the same, so that the bias is wrong by the difference.
    let biasSteps
        (weightScale: Channelwise<float>)
        (biasStep: Channelwise<float>)
        (format: StepFormat)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ofChannels layer (fun channel ->
            let held =
                if weightScale[channel] = 0.0 then
                    layer.Output.StepSize
                else
                    Numbers.scalePow2 layer.IntrinsicShift[channel] (layer.Input.StepSize / weightScale[channel])

            let claimed = biasStep[channel]

            if abs (claimed - held) <= held * biasStepTolerance format then
                []
            else
                [ Violation.BiasStepNotHeld(channel, claimed, held) ])

    /// The channels whose multiplier and shift are not the factor that is stated beside the scales, which is 1 for a dead
    /// channel; those that contradict the scales, too, are left to the certificate.
    let factors
        (weightScale: Channelwise<float>)
        (factor: Channelwise<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ofChannels layer (fun channel ->
            let notHeld factor =
                Certificate.notHeld layer channel factor 0.0

            if weightScale[channel] = 0.0 then
                match notHeld 1.0 with
                | [] -> notHeld factor[channel]
                | found -> found
            elif (Certificate.notOfScales layer weightScale channel).IsEmpty then
                notHeld factor[channel]
            else
                [])

    /// Sb: the steps of a channel's accumulator per real unit.
    let private biasScale (layer: IntegerLayer) (weightScale: float) (channel: int) : float =
        if weightScale = 0.0 then
            layer.Output.Scale
        else
            Numbers.scalePow2 -layer.IntrinsicShift[channel] (layer.Input.Scale * weightScale)

    /// The channels whose integer bias is not the real one that is stated, to half a step (docs/arithmetic.md). Where the number added
    /// after the requantization is not the output's zero point, the rest of it travels in the bias.
    let biases
        (weightScale: Channelwise<float>)
        (realBias: ImmutableArray<float>)
        (layer: IntegerLayer)
        : ImmutableArray<Violation> =
        ofChannels layer (fun channel ->
            let scale = biasScale layer weightScale[channel] channel
            let real = realBias[channel] * scale
            let steps = HeldBias.steps layer (Certificate.held layer channel) channel

            // what the doubles on the way round
            let rounded = Math.ScaleB(abs real + abs steps, -52)

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

    /// The ends of the range that the output is clamped to, where they are not what the activation leaves of its type; what
    /// the type does not hold is left to the certificate.
    let outputRange (claimed: Interval) (layer: IntegerLayer) : ImmutableArray<Violation> =
        match Encoding.wholeRange layer.Output.Type with
        | Error _ -> ImmutableArray.Empty
        | Ok range ->
            let notHeld what (claimed: int64) (held: int64) =
                if held <> claimed && Interval.contains held range then
                    [ Violation.ClampNotHeld(what, claimed, held) ]
                else
                    []

            let held = layer.OutputRange

            ImmutableArray.CreateRange<Violation>(
                notHeld "lowest" claimed.Low held.Low @ notHeld "highest" claimed.High held.High
            )
