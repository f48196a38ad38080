namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// How far the integer layer and the real layer with fake-quantized weights can lie apart, in output steps, where the output
/// does not saturate (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module ErrorBound =

    /// What the last rounding of the target adds: half a step, and what a rounding before it leaves; nothing where no bit is
    /// shifted out.
    let private rounding (layer: IntegerLayer) (channel: int) =
        match layer.Rounding with
        | RequantizationRounding.OnceTiesUp -> if layer.Shift[channel] > 0 then 0.5 else 0.0
        | RequantizationRounding.TwiceGemmlowp ->
            let struct (normalised, exponent) =
                Requantize.tfliteForm layer.Multiplier[channel] layer.Shift[channel]

            if exponent < 0 then 0.5 + Numbers.scalePow2 exponent 0.5
            elif exponent > 0 && normalised = (1 <<< 30) then 0.0
            else 0.5
        | RequantizationRounding.OnceTiesUpReduced16
        | RequantizationRounding.SingleTiesToEven -> 0.5

    // the scales' product and quotient are rounded, and so is the difference
    let private ofDoubles = Math.ScaleB(1.0, -50)

    /// The relative error of the factor that the target really multiplies by, against the one that is claimed.
    let private factor (layer: IntegerLayer) (claimed: float) (held: float) (channel: int) =
        let apart (run: float) =
            abs (run - claimed) / claimed + ofDoubles

        match layer.Rounding with
        | RequantizationRounding.OnceTiesUpReduced16 ->
            let struct (normalised, exponent) =
                Requantize.tfliteForm layer.Multiplier[channel] layer.Shift[channel]

            apart (Numbers.scalePow2 (exponent - 15) (float (FixedPoint.reducedMultiplier normalised)))
        | RequantizationRounding.SingleTiesToEven -> apart held + Math.ScaleB(3.0, -24)
        | RequantizationRounding.OnceTiesUp
        | RequantizationRounding.TwiceGemmlowp -> apart held

    /// The largest (P + Qb)·S without the zero point, in steps, of the outputs that do not saturate: no more than the sums
    /// reach, and no more than the range that they are clamped to, which roundings of a step in all may have passed.
    let private reach (layer: IntegerLayer) (claimed: float) (relative: float) (sum: Bound) =
        let zero = int64 layer.Output.ZeroPoint
        let inBias = float (abs (zero - int64 layer.OutputOffset))
        let sums = float (max (abs sum.Smallest) (abs sum.Largest)) * claimed + inBias
        let range = layer.OutputRange
        let clamped = float (max (abs (range.High - zero)) (abs (range.Low - zero)))

        if relative < 0.5 then
            min sums ((clamped + 1.0) / (1.0 - relative))
        else
            sums

    /// What the int15 path loses by halving inputs, and by the second shift, in accumulator steps.
    let private split (layer: IntegerLayer) (channel: int) =
        match layer.Path with
        | ActivationPath.Int15 ->
            let struct (positive, negative) = Bounds.sums layer channel
            let half = float (max positive -negative) / 2.0

            if layer.IntrinsicShift[channel] = IntrinsicShift.Hi then
                half / 128.0 + 1.0
            else
                half
        | ActivationPath.Int8
        | ActivationPath.Int16 -> 0.0

    /// What the bias can be away from b·Sb, in accumulator steps: half a step, and what doubles make of a product of three
    /// numbers before it is rounded. What a certificate lets pass as held lies within it.
    let private bias (layer: IntegerLayer) (held: float) (channel: int) =
        0.5 + ofDoubles * (abs (HeldBias.steps layer held channel) + 1.0)

    /// The bound of one output channel: the last rounding, the factor's error over the largest accumulator that does not
    /// saturate, the rounding of the bias, and the int15 split.
    let ofChannel
        (layer: IntegerLayer)
        (claimed: float voption)
        (held: float)
        (channel: int)
        (bounds: Bound list)
        : float =
        let claimed = ValueOption.defaultValue held claimed

        let sum =
            bounds |> List.find (fun bound -> bound.Intermediate = Intermediate.ProductAndBias)

        let relative = factor layer claimed held channel

        let exact =
            rounding layer channel
            + relative * reach layer claimed relative sum
            + (bias layer held channel + split layer channel) * claimed

        exact * (1.0 + Math.ScaleB(1.0, -40)) // the sum itself is rounded
