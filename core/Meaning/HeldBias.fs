namespace QuantFunctional.FSharp

open QuantFunctional

/// The bias that a layer's integers stand for.
[<RequireQualifiedAccess>]
module internal HeldBias =

    /// P where every input is Za, which the bias takes off where the inputs do not (docs/arithmetic.md).
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

    /// Qb + P0 − Zb, which b·Sb was rounded to. Where the number added after the requantization is not the output's zero
    /// point, the rest of it travels in the bias; `held` is multiplier·2^−shift.
    let steps (layer: IntegerLayer) (held: float) (channel: int) : float =
        let travels = layer.Output.ZeroPoint - layer.OutputOffset

        float (bigint layer.Bias[channel] + zeroProduct layer channel) - float travels / held
