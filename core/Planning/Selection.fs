namespace QuantFunctional.FSharp

open QuantFunctional

/// The first plan of an attempt: scales that use the integer types best, before any limit of the target is looked at
/// (SPEC section 2, `select_convolution_scales`).
[<RequireQualifiedAccess>]
module Selection =

    // S a rounding error above a power of two must not cost a bit of the weights (SPEC section 2).
    let private justAboveHalf = 0.5 * (1.0 + 1.0 / 65536.0)

    /// S = 2^h·Sc / (Sa·Sw), in the arithmetic of the target's files.
    let private requantizationScale (profile: BackendProfile) (input: Encoding) (output: Encoding) weightScale shift =
        match profile.Steps, profile.Multiplier with
        | StepFormat.Float64, _ -> Numbers.scalePow2 shift (output.Scale / (input.Scale * weightScale))
        | StepFormat.Float32, form ->
            let weightStep = Encoding.storedStep StepFormat.Float32 weightScale
            let exact = Numbers.scalePow2 shift (input.StepSize * weightStep / output.StepSize)

            match form with
            | MultiplierForm.Single24 when
                exact >= 2.0 * Numbers.smallestNormalSingle && exact <= 0.5 * Numbers.largestSingle
                ->
                float (float32 (input.StepSize * weightStep) / float32 output.StepSize)
            | _ -> exact // beyond float32 the shift says so, and the next stage answers

    /// Sw and S with the fraction of S moved into the weights, so that S is a power of two.
    let private fold (format: StepFormat) (weightScale: float) (scale: float) =
        PowerOfTwo.decompose ExponentRounding.Upward scale
        |> Result.map (fun struct (exponent, fraction) ->
            let exponent, fraction =
                if fraction <= justAboveHalf then
                    exponent - 1, 2.0 * fraction
                else
                    exponent, fraction

            struct (Encoding.storedScale format 1.0 (1.0 / (weightScale * fraction)), Requantization.ofPow2 exponent))

    // A file that holds float32 steps must hold xStep·wStep as well: what is below counts as no weight at all.
    let private vanishes (profile: BackendProfile) (input: Encoding) (weightScale: float) =
        weightScale = 0.0
        || (profile.Steps = StepFormat.Float32
            && Numbers.toSingle (input.StepSize * Encoding.storedStep StepFormat.Float32 weightScale) <
                Numbers.smallestNormalSingle)

    /// The scales of one channel (or of the tensor): weights, requantization.
    let private entry (profile: BackendProfile) (precision: Precision) input output weightScale shift =
        if vanishes profile input weightScale then
            Ok(struct (0.0, Requantization.unit))
        else
            let scale = requantizationScale profile input output weightScale shift

            if precision.HasMultiplier then
                Requantization.ofScale profile.Multiplier scale
                |> Result.map (fun requantization -> struct (weightScale, requantization))
            else
                fold profile.Steps weightScale scale

    /// The plan for weights of the given scales, of which some bits may have been given up.
    let select
        (profile: BackendProfile)
        (precision: Precision)
        (asymmetric: bool)
        (input: Encoding)
        (output: ObservedDistribution)
        (weightScale: Channelwise<float>)
        (bitsGivenUp: Channelwise<int>)
        (intrinsicShift: Channelwise<int>)
        : Result<Plan, Refusal> =
        result {
            let! encoding =
                Encoding.ofRange profile.Steps asymmetric precision.OutputType output.Low output.High

            let scales =
                Channelwise.map2 (fun scale bits -> Numbers.scalePow2 -bits scale) weightScale bitsGivenUp

            let entries =
                Channelwise.map2
                    (fun scale shift -> entry profile precision input encoding scale shift)
                    scales
                    intrinsicShift

            let! chosen = Channelwise.sequence entries
            let weights = Channelwise.map (fun struct (scale, _) -> scale) chosen

            let requantization =
                Channelwise.map (fun struct (_, requantization) -> requantization) chosen

            return Plan.create input weights encoding requantization intrinsicShift
        }
