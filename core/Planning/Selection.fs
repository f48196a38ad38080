namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// The first plan of an attempt: scales that use the integer types best, before any limit of the target is looked at
/// (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module Selection =

    // S a rounding error above a power of two must not cost a bit of the weights (docs/arithmetic.md).
    let private justAboveHalf = 0.5 * (1.0 + 1.0 / 65536.0)

    /// S = 2^h·Sc / (Sa·Sw), in the arithmetic of the target's files.
    let private requantizationScale (profile: BackendProfile) (input: Encoding) (output: Encoding) weightScale shift =
        match profile.Steps, profile.Multiplier with
        | (StepFormat.Float64 | StepFormat.Float16), _ ->
            Numbers.scalePow2 shift (output.Scale / (input.Scale * weightScale))
        | StepFormat.Float32, form ->
            let product = input.StepSize * Encoding.storedStep StepFormat.Float32 weightScale

            // a factor beyond float32 keeps its exponent: the shift says so, and the next stage answers
            match form with
            | MultiplierForm.Single24 -> Numbers.toSinglePrecision (Numbers.toSingle product / output.StepSize)
            | MultiplierForm.Integer _ -> product / output.StepSize
            |> Numbers.scalePow2 shift

    /// Sw and S with the fraction of S moved into the weights, so that S is a power of two.
    let private fold (format: StepFormat) (weightScale: float) (scale: float) =
        PowerOfTwo.decompose ExponentRounding.Upward scale
        |> Result.map (fun struct (exponent, fraction) ->
            let exponent, fraction =
                if fraction <= justAboveHalf then
                    exponent - 1, 2.0 * fraction
                else
                    exponent, fraction

            struct (Encoding.storedScale format (weightScale * fraction) 1.0, Requantization.ofPow2 exponent))

    /// The steps of the weights and of the accumulator, which a file of float32 steps must both hold.
    let private steps (input: Encoding) (weightScale: float) =
        let weightStep = 1.0 / weightScale
        struct (weightStep, input.StepSize * weightStep)

    // What is below the smallest step counts as no weight at all.
    let private vanishes (format: StepFormat) (input: Encoding) (weightScale: float) =
        weightScale = 0.0
        || (format = StepFormat.Float32
            && (let struct (weightStep, product) = steps input weightScale

                Numbers.toSingle (min weightStep product) < Numbers.smallestNormalSingle))

    let private refuseAbove (format: StepFormat) (input: Encoding) (weightScale: float) =
        let struct (weightStep, product) = steps input weightScale
        let largest = max weightStep product

        if format = StepFormat.Float32 && Double.IsInfinity(Numbers.toSingle largest) then
            Error(Refusal.ScaleOutOfRange("the weights, or of input times weights,", RealText.ofDouble largest))
        else
            Ok()

    /// The scales of one channel (or of the tensor): weights, requantization.
    let private entry (profile: BackendProfile) (precision: Precision) input output weightScale shift =
        let dead = struct (0.0, Requantization.unit)

        // matched by hand: a network has tens of thousands of channels
        if vanishes profile.Steps input weightScale then
            Ok dead
        else
            match refuseAbove profile.Steps input weightScale with
            | Error refusal -> Error refusal
            | Ok() ->
                let scale = requantizationScale profile input output weightScale shift

                if precision.HasMultiplier then
                    match Requantization.ofScale profile.Multiplier scale with
                    | Error refusal -> Error refusal
                    | Ok requantization -> Ok(struct (weightScale, requantization))
                else
                    result {
                        let! struct (folded, requantization) = fold profile.Steps weightScale scale
                        do! refuseAbove profile.Steps input folded

                        // the doubled fraction may lie a rounding error above 1, and so take the step below the smallest
                        return
                            if vanishes profile.Steps input folded then
                                dead
                            else
                                struct (folded, requantization)
                    }

    /// The plan for weights of the given scales, of which some bits may have been given up, and for an output from low to
    /// high whose step is raised by so many 2^−15 of itself.
    let select
        (profile: BackendProfile)
        (precision: Precision)
        (asymmetric: bool)
        (input: Encoding)
        (low: float)
        (high: float)
        (raise: int)
        (weightScale: Channelwise<float>)
        (bitsGivenUp: Channelwise<int>)
        (intrinsicShift: Channelwise<int>)
        : Result<Plan, Refusal> =
        result {
            let scalar = precision.OutputType
            let asymmetric = asymmetric && scalar <> ScalarType.Int32 // 32-bit outputs are symmetric
            let! observed = Encoding.ofRange profile.Steps asymmetric scalar low high
            let encoding = Encoding.raised profile.Steps raise observed

            let scales = Channelwise.map2 WeightScales.giveUp bitsGivenUp weightScale

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
