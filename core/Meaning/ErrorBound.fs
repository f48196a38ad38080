namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// How far the integer layer and the real layer with fake-quantized weights can lie apart, in output steps, where the output
/// does not saturate (SPEC section 4).
[<RequireQualifiedAccess>]
module ErrorBound =

    /// What the last rounding of the target adds: half a step, and what a rounding before it leaves.
    let private rounding (layer: IntegerLayer) (channel: int) =
        match layer.Rounding with
        | RequantizationRounding.TwiceGemmlowp ->
            let struct (_, exponent) =
                Requantize.tfliteForm layer.Multiplier[channel] layer.Shift[channel]

            0.5 + Numbers.scalePow2 (min exponent 0) 0.5
        | _ -> 0.5

    /// The relative error of the factor that the target really multiplies by, against the one that is claimed.
    let private factor (layer: IntegerLayer) (claimed: float) (held: float) =
        let stored = abs (held - claimed) / claimed

        match layer.Rounding with
        | RequantizationRounding.OnceTiesUpReduced16 -> stored + Math.ScaleB(1.0, -15)
        | RequantizationRounding.SingleTiesToEven -> stored + Math.ScaleB(3.0, -24)
        | _ -> stored

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

    /// The bound of one output channel: the last rounding, the factor's error over the largest accumulator, half a step of
    /// the bias, and the int15 split.
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

        let largest = float (max (abs sum.Smallest) (abs sum.Largest))

        let exact =
            rounding layer channel
            + factor layer claimed held * largest * claimed
            + (0.5 + split layer channel) * claimed

        exact * (1.0 + Math.ScaleB(1.0, -40)) // the sum itself is rounded
