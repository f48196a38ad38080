namespace QuantFunctional.FSharp

open QuantFunctional

/// Where the output's zero point goes (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module ZeroPoints =

    /// Zb per output channel (`output_zp_correction_in_bias`): Zc·2^shift in 64 bits where the zero point travels in the
    /// bias, else 0. A target carries it there only with the multiplier 1, so that 2^shift is 1/S exactly.
    let correctionInBias (profile: BackendProfile) (precision: Precision) (plan: Plan) (channel: int) : int64 =
        if profile.ZeroPointInBias precision then
            int64 plan.Output.ZeroPoint <<< plan.Requantization[channel].Shift
        else
            0L

    /// Zadd: what is added after the requantization.
    let addedAfter (profile: BackendProfile) (precision: Precision) (output: Encoding) : int =
        if profile.ZeroPointInBias precision then
            0
        else
            output.ZeroPoint
