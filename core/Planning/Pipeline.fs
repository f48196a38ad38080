namespace QuantFunctional

open System.Collections.Immutable

/// The precision that a user asks for. A fallback for ReLU exists for the shift-only precisions alone.
[<RequireQualifiedAccess; NoComparison>]
type PrecisionRequest =
    /// This precision, or a refusal.
    | Exactly of Precision
    /// SimaInt8, or TfliteInt8 where the target cannot run the layer's ReLU with it.
    | SimaInt8OrTflite
    /// SimaInt16, or TfliteInt16 where the target cannot run the layer's ReLU with it.
    | SimaInt16OrTflite

/// How a layer is to be planned.
[<NoComparison>]
type PlanRequest =
    {
        /// The target.
        Profile: BackendProfile
        /// The precision of the output.
        Precision: PrecisionRequest
        /// True for one weight scale per output channel, false for one in all.
        PerChannel: bool
        /// True where the output's zero point may be other than 0.
        Asymmetric: bool
    }

/// A layer in integers, the scales behind them, and how they were found.
[<NoComparison>]
type QuantizedLayer =
    {
        /// What was asked for.
        Request: PlanRequest
        /// The precision that was used: the one asked for, or its fallback.
        Precision: Precision
        /// The scales.
        Plan: Plan
        /// What the target holds.
        Integers: IntegerLayer
        /// The attempts.
        Trace: Trace
    }

    /// What a user should know.
    member q.Warnings: ImmutableArray<Warning> = q.Trace.Last.Warnings

namespace QuantFunctional.FSharp

open QuantFunctional

/// A layer from real numbers to integers, top to bottom (SPEC section 2, `quantize_convolution_parameters`).
[<RequireQualifiedAccess>]
module Pipeline =

    let private weightBits = 8

    let private intrinsicShift (path: ActivationPath) (raised: Channelwise<bool>) =
        match path with
        | ActivationPath.Int8
        | ActivationPath.Int16 -> Channelwise.replicate raised 0
        | ActivationPath.Int15 -> Channelwise.map (fun hi -> if hi then 8 else 1) raised

    let private precisions (request: PrecisionRequest) : struct (Precision * (Precision | null)) =
        match request with
        | PrecisionRequest.Exactly precision -> struct (precision, null)
        | PrecisionRequest.SimaInt8OrTflite -> struct (Precision.SimaInt8, Precision.TfliteInt8)
        | PrecisionRequest.SimaInt16OrTflite -> struct (Precision.SimaInt16, Precision.TfliteInt16)

    /// The path that the input's type asks for. Refused: what the profile does not run, and what is not planned.
    let private activationPath (profile: BackendProfile) (precision: Precision) (input: Encoding) =
        if not (profile.Precisions.Contains precision) then
            Error(Refusal.PrecisionNotRun(profile.Name, precision))
        elif precision.OutputType <> ScalarType.Int8 then
            Error(Refusal.NotPlanned $"an output of more than 8 bits ({precision.Name})")
        elif input.Type <> ScalarType.Int8 then
            Error(Refusal.NotPlanned $"an {input.Type.Name} input")
        elif not (profile.Paths.Contains ActivationPath.Int8) then
            Error(Refusal.PathNotRun(profile.Name, ActivationPath.Int8))
        else
            Ok ActivationPath.Int8

    let private integerLayer (stage: Stage) (integers: IntegerWeights) (plan: Plan) bias outputRange : IntegerLayer =
        let lowest =
            match stage.Layer.Activation with
            | Activation.Relu -> int64 plan.Output.ZeroPoint
            | Activation.Linear -> outputRange.Low

        {
            Profile = stage.Profile
            Input = plan.Input
            Output = plan.Output
            Weights = integers.Values
            Shape = stage.Layer.Weights.Shape
            Bias = bias
            Multiplier = plan.Requantization |> Channelwise.map _.Multiplier
            Shift = plan.Requantization |> Channelwise.map _.Shift
            IntrinsicShift = plan.IntrinsicShift
            OutputOffset = ZeroPoints.addedAfter stage.Profile stage.Parameters.Precision plan
            OutputRange = { outputRange with Low = lowest }
        }

    /// One attempt: the stages in order.
    let private attempt
        request
        input
        weightScale
        layer
        (parameters: BacktrackingParameters)
        : Step<Plan * IntegerLayer> =
        let profile = request.Profile

        Step.attempt {
            let! path = activationPath profile parameters.Precision input |> Step.ofResult

            let stage =
                {
                    Profile = profile
                    Path = path
                    Layer = layer
                    Parameters = parameters
                }

            let shift = intrinsicShift path parameters.IntrinsicShiftRaised

            let! plan =
                Selection.select
                    profile
                    parameters.Precision
                    request.Asymmetric
                    input
                    layer.Output
                    weightScale
                    parameters.BitsGivenUp
                    shift
                |> Step.ofResult

            let! plan = Adjustments.checkRelu stage plan
            let integers = Weights.quantize weightBits plan.WeightScale layer.Weights
            let! plan = Adjustments.zeroWeights integers plan
            let! plan = Adjustments.shiftRange stage integers plan
            let! plan = Adjustments.productRange stage integers plan
            let! bias = Bias.quantize stage integers plan
            let! outputRange = Encoding.wholeRange plan.Output.Type |> Step.ofResult
            return plan, integerLayer stage integers plan bias outputRange
        }

    let private refusedAtOnce (parameters: BacktrackingParameters) (refusal: Refusal) : Refused =
        match Backtracking.run 1 "" (fun _ -> Step.Refuse refusal: Step<unit>) parameters with
        | Error refused -> refused
        | Ok(_, trace) -> { Refusal = refusal; Trace = trace }

    // Parameters may come from a document, so they are looked at before they are paired with the layer's channels.
    let private checkParameters (weightScale: Channelwise<float>) (parameters: BacktrackingParameters) =
        let fits (entries: Channelwise<'T>) =
            entries.IsPerChannel = weightScale.IsPerChannel && entries.Count = weightScale.Count

        let outside bits =
            bits < 0 || bits > WeightScales.mostBitsGivenUp

        if not (fits parameters.BitsGivenUp && fits parameters.IntrinsicShiftRaised) then
            let found = parameters.BitsGivenUp.Count
            Error(Refusal.ParametersOfAnotherLayer $"{found} entries for {weightScale.Count} weight scales")
        elif Channelwise.exists outside parameters.BitsGivenUp then
            Error(Refusal.ParametersOfAnotherLayer "a number of bits given up that is not one of 0 to 8")
        else
            Ok()

    /// Continues from given parameters: a plan is replayed from the last parameters of its trace.
    let planFrom
        (parameters: BacktrackingParameters)
        (request: PlanRequest)
        (layer: Layer)
        : Result<QuantizedLayer, Refused> =
        let profile = request.Profile

        let prepared =
            result {
                let! weightScale =
                    WeightScales.select profile.Steps weightBits request.PerChannel layer.Weights

                do! checkParameters weightScale parameters
                return weightScale
            }

        match prepared with
        | Error refusal -> Error(refusedAtOnce parameters refusal)
        | Ok weightScale ->
            let input = Encoding.stored profile.Steps layer.Input

            parameters
            |> Backtracking.run
                (BacktrackingParameters.attemptLimit weightScale)
                "the layer's integers do not fit the target"
                (attempt request input weightScale layer)
            |> Result.map (fun ((plan, integers), trace) ->
                {
                    Request = request
                    Precision = trace.Last.Parameters.Precision
                    Plan = plan
                    Integers = integers
                    Trace = trace
                })

    /// The plan of a layer, or why there is none; both with what was tried.
    let plan (request: PlanRequest) (layer: Layer) : Result<QuantizedLayer, Refused> =
        let shape =
            if request.PerChannel then
                Channelwise.perChannel (Array.zeroCreate<int> layer.Weights.Channels)
            else
                Channelwise.perTensor 0

        let struct (precision, fallback) = precisions request.Precision
        planFrom (BacktrackingParameters.initial precision fallback shape) request layer
