namespace QuantFunctional

open System.Collections.Immutable

/// What was proven of an integer layer, over every input there is.
[<NoComparison>]
type LayerCertificate =
    {
        /// The interval of every intermediate of every output channel.
        Bounds: ImmutableArray<Bound>
        /// Per output channel, how many output steps the integer layer and the real one with fake-quantized weights can lie
        /// apart, where the output does not saturate; NaN where an intermediate or a pair of products overflows.
        ErrorBounds: ImmutableArray<float>
        /// What the layer breaks; empty where it is safe.
        Violations: ImmutableArray<Violation>
        /// What is worth knowing of it, safe or not.
        Notices: ImmutableArray<Notice>
    }

    /// True where nothing is broken.
    member c.Passed = c.Violations.IsEmpty

    override c.ToString() =
        if c.Passed then
            $"""passed: {FSharp.ShortText.counted c.Bounds.Length "interval"} hold"""
        else
            $"""{FSharp.ShortText.counted c.Violations.Length "violation"}, the first: {c.Violations[0]}"""

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Numerics
open QuantFunctional

/// An independent check of an integer layer, whoever made it (docs/arithmetic.md). It shares no code with planning.
[<RequireQualifiedAccess>]
module Certificate =

    let private outside what channel (value: int64) (low: int64) (high: int64) =
        if value < low || value > high then
            [ Violation.ConstantOutOfRange(what, channel, value, low, high) ]
        else
            []

    let private isDead (layer: IntegerLayer) (channel: int) =
        let struct (positive, negative) = Bounds.sums layer channel
        positive.IsZero && negative.IsZero

    /// The exponents, as TFLite counts them, or the shifts that the target's requantization runs; for a dead channel also
    /// those from there to S = 1, which is left out of the planner's rules alone (docs/arithmetic.md).
    let private shiftRun (layer: IntegerLayer) (channel: int) =
        let multiplier, shift = layer.Multiplier[channel], layer.Shift[channel]
        let struct (_, exponent) = Requantize.tfliteForm multiplier shift
        let accumulator = layer.Accumulator

        match layer.Rounding with
        | RequantizationRounding.TwiceGemmlowp -> outside "the exponent" channel exponent -31 30
        | RequantizationRounding.OnceTiesUpReduced16 -> outside "the exponent" channel exponent -31 7
        | RequantizationRounding.OnceTiesUp when layer.Profile.IsTflite ->
            outside "the exponent" channel exponent -31 30
        | RequantizationRounding.OnceTiesUp
        | RequantizationRounding.SingleTiesToEven ->
            let range =
                if multiplier = 1 then
                    accumulator.UnitShift
                else
                    accumulator.MultiplierShift

            let unit = BitOperations.Log2(uint32 multiplier)

            if isDead layer channel then
                outside "the shift" channel shift (min range.Lowest unit) (max range.Highest unit)
            else
                outside "the shift" channel shift range.Lowest range.Highest

    let private constants (layer: IntegerLayer) =
        let accumulator = Interval.ofBits layer.Accumulator.Bits
        let input = layer.InputRange

        let output =
            match Encoding.wholeRange layer.Output.Type with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32

        let zeroPoint =
            if layer.Path = ActivationPath.Int16 then
                { Low = 0L; High = 0L }
            else
                input

        [
            yield! outside "the input's zero point" -1 layer.Input.ZeroPoint zeroPoint.Low zeroPoint.High
            yield! outside "the number added after the requantization" -1 layer.OutputOffset output.Low output.High
            yield! outside "the lowest output" -1 layer.OutputRange.Low output.Low output.High
            yield! outside "the highest output" -1 layer.OutputRange.High layer.OutputRange.Low output.High

            for channel in 0 .. layer.Shape.Channels - 1 do
                yield! outside "the bias" channel layer.Bias[channel] accumulator.Low accumulator.High
                yield! outside "the multiplier" channel layer.Multiplier[channel] 1L 0x7FFFFFFFL

                if layer.Multiplier[channel] >= 1 then
                    yield! shiftRun layer channel

                let h = layer.IntrinsicShift[channel]

                match layer.Path with
                | ActivationPath.Int15 when h = IntrinsicShift.Lo || h = IntrinsicShift.Hi -> ()
                | ActivationPath.Int15 ->
                    yield! outside "the intrinsic shift" channel h IntrinsicShift.Lo IntrinsicShift.Lo
                | _ -> yield! outside "the intrinsic shift" channel h 0L 0L
        ]

    /// S as the scales claim it; none for a dead channel.
    let internal claimed (layer: IntegerLayer) (weightScale: Channelwise<float>) (channel: int) =
        if weightScale[channel] = 0.0 then
            ValueNone
        else
            let scale = layer.Output.Scale / (layer.Input.Scale * weightScale[channel])
            ValueSome(Numbers.scalePow2 layer.IntrinsicShift[channel] scale)

    let internal held (layer: IntegerLayer) channel =
        Numbers.scalePow2 -layer.Shift[channel] (float layer.Multiplier[channel])

    /// Multiplier and shift of a channel, where they are farther from a factor than so much, and than the half unit that a
    /// multiplier is rounded by.
    let internal notHeld (layer: IntegerLayer) (channel: int) (factor: float) (allowed: float) : Violation list =
        let held, multiplier = held layer channel, layer.Multiplier[channel]

        let rounding =
            if multiplier = 1 then
                0.0
            else
                held * 0.5 / float multiplier

        if abs (held - factor) <= rounding + allowed then
            []
        else
            [ Violation.ScaleNotHeld(channel, factor, held) ]

    /// Multiplier and shift of a channel, where they are not the factor that its scales claim.
    let internal notOfScales (layer: IntegerLayer) (weightScale: Channelwise<float>) (channel: int) : Violation list =
        match claimed layer weightScale channel, layer.Profile.Steps, layer.Profile.Multiplier with
        | ValueNone, _, _ -> []
        // a file's steps are float32, so those that S was folded into meet its power of two as nearly as float32 can
        | ValueSome claimed, StepFormat.Float32, _ when layer.Multiplier[channel] = 1 ->
            notHeld layer channel claimed (Math.ScaleB(claimed, -22))
        // the factor is computed in float32, from steps in float32: each of them determines its bits
        | ValueSome claimed, StepFormat.Float32, MultiplierForm.Single24 ->
            let weightStep = Numbers.toSingle (1.0 / weightScale[channel])

            if 1.0 / weightStep = weightScale[channel] then
                let product = Numbers.toSingle (layer.Input.StepSize * weightStep)
                let factor = Numbers.toSinglePrecision (product / layer.Output.StepSize)
                let factor = Numbers.scalePow2 layer.IntrinsicShift[channel] factor

                if held layer channel = factor then
                    []
                else
                    [ Violation.ScaleNotHeld(channel, factor, held layer channel) ]
            else
                notHeld layer channel claimed (Math.ScaleB(claimed, -22)) // a step with another factor in it
        // both are made of five doubles, each a rounding away from what it stands for
        | ValueSome claimed, _, _ -> notHeld layer channel claimed (Math.ScaleB(claimed, -50))

    let private scales (layer: IntegerLayer) (weightScale: Channelwise<float>) =
        [
            for channel in 0 .. layer.Shape.Channels - 1 do
                yield! notOfScales layer weightScale channel
        ]

    let private overflows (layer: IntegerLayer) (bounds: Bound seq) =
        [
            for bound in bounds do
                if not bound.Holds then
                    let high = bound.Largest >= (1I <<< (bound.Bits - 1))
                    Violation.Overflow(bound, ImmutableArray.Create<int>(Bounds.witness layer bound.Channel high))
        ]

    /// The certificate of a layer with the weight scales that it claims.
    let ofLayer (weightScale: Channelwise<float>) (layer: IntegerLayer) : LayerCertificate =
        let constants = constants layer

        // with a multiplier or shift that nothing runs there is nothing to bound
        let ofChannel channel =
            if constants.IsEmpty then
                Bounds.ofChannel layer channel
            else
                []

        let byChannel = Array.init layer.Shape.Channels ofChannel
        let bounds = List.concat byChannel
        let overflows = overflows layer bounds
        let pairs = PairSums.ofLayer layer

        let errorBound channel =
            let own = byChannel[channel]
            let saturates = pairs |> List.exists (fun pair -> pair.Channel = channel)

            if own.IsEmpty || saturates || not (List.forall (fun (bound: Bound) -> bound.Holds) own) then
                nan
            else
                ErrorBound.ofChannel layer (claimed layer weightScale channel) (held layer channel) channel own

        {
            Bounds = ImmutableArray.CreateRange<Bound> bounds
            ErrorBounds = ImmutableArray.CreateRange(Seq.init layer.Shape.Channels errorBound)
            Violations =
                ImmutableArray.CreateRange<Violation>(
                    constants @ overflows @ scales layer weightScale @ List.map Violation.PairOverflow pairs
                )
            Notices = ImmutableArray.CreateRange<Notice>(Notices.ofLayer layer byChannel)
        }
