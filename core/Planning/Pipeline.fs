namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// A layer from real numbers to integers, top to bottom (SPEC section 2, `quantize_convolution_parameters`).
[<RequireQualifiedAccess>]
module Pipeline =

    let private weightBits = 8

    /// The path that the input's type asks for. Refused: what the profile does not run.
    let private activationPath (profile: BackendProfile) (precision: Precision) (input: Encoding) =
        let runs (path: ActivationPath) = profile.Paths.Contains path

        if not (profile.Precisions.Contains precision) then
            Error(Refusal.PrecisionNotRun(profile.Name, precision))
        else
            match input.Type with
            | ScalarType.Int8 when runs ActivationPath.Int8 -> Ok ActivationPath.Int8
            | ScalarType.Int8 -> Error(Refusal.PathNotRun(profile.Name, ActivationPath.Int8))
            | ScalarType.Int16 when runs ActivationPath.Int15 -> Ok ActivationPath.Int15
            | ScalarType.Int16 when not (runs ActivationPath.Int16) ->
                Error(Refusal.PathNotRun(profile.Name, ActivationPath.Int16))
            | ScalarType.Int16 when input.ZeroPoint <> 0 -> Error(Refusal.InputZeroPointNotRun input.ZeroPoint)
            | ScalarType.Int16 -> Ok ActivationPath.Int16
            | other -> Error(Refusal.InputTypeNotRun other)

    let private integerLayer (stage: Stage) (integers: IntegerWeights) (plan: Plan) bias outputRange : IntegerLayer =
        let lowest =
            match stage.Layer.Activation with
            | Activation.Relu -> int64 plan.Output.ZeroPoint
            | Activation.Linear -> outputRange.Low

        {
            Profile = stage.Profile
            Path = stage.Path
            Geometry = stage.Layer.Geometry
            Input = plan.Input
            Output = plan.Output
            Weights = integers.Values
            Shape = stage.Layer.Weights.Shape
            Bias = bias
            Multiplier = plan.Requantization |> Channelwise.map _.Multiplier
            Shift = plan.Requantization |> Channelwise.map _.Shift
            IntrinsicShift = plan.IntrinsicShift
            OutputOffset = ZeroPoints.addedAfter stage.Profile stage.Precision plan.Output
            OutputRange = { outputRange with Low = lowest }
        }

    /// The first plan of an attempt, from weight scales of which nothing is given up yet.
    let select (weightScale: Channelwise<float>) (stage: Stage) : Result<Plan, Refusal> =
        let parameters = stage.Parameters

        Selection.select
            stage.Profile
            stage.Precision
            stage.Request.Asymmetric
            (Encoding.stored stage.Profile.Steps stage.Layer.Input)
            stage.Layer.OutputLow
            stage.Layer.OutputHigh
            stage.Layer.Output.StepRaise
            weightScale
            parameters.BitsGivenUp
            (Channelwise.map (IntrinsicShift.ofPath stage.Path) parameters.IntrinsicShiftRaised)

    /// One attempt: the stages in order.
    let private attempt
        (request: PlanRequest)
        (weightScale: Channelwise<float>)
        (layer: Layer)
        (parameters: BacktrackingParameters)
        : Step<Plan * IntegerLayer * ImmutableArray<float>> =
        Step.attempt {
            let! path =
                activationPath request.Profile parameters.Precision layer.Input |> Step.ofResult

            let stage =
                {
                    Request = request
                    Path = path
                    Layer = layer
                    Parameters = parameters
                }

            let! plan = select weightScale stage |> Step.ofResult
            let! plan = Adjustments.checkRelu stage plan
            let integers = Weights.quantize weightBits plan.WeightScale layer.Weights
            let! plan = Adjustments.zeroWeights integers plan
            let! plan = Adjustments.shiftRange stage integers plan
            let! narrow = Adjustments.productRange stage integers plan
            let! plan = Widening.widen stage narrow

            let! realBias =
                BiasCorrection.corrected request.BiasCorrection layer plan.WeightScale integers |> Step.ofResult

            let! bias = Bias.quantize stage integers realBias narrow plan
            let! outputRange = Encoding.wholeRange plan.Output.Type |> Step.ofResult
            return plan, integerLayer stage integers plan bias outputRange, realBias
        }

    let private refusedAtOnce (parameters: BacktrackingParameters) (refusal: Refusal) : Refused =
        match Backtracking.run 1 "" (fun _ -> Step.Refuse refusal: Step<unit>) parameters with
        | Error refused -> refused
        | Ok(_, trace) -> { Refusal = refusal; Trace = trace }

    // Parameters may come from a document, so they are looked at before they are paired with the layer's channels.
    let private checkParameters
        (request: PlanRequest)
        (input: Encoding)
        (weightScale: Channelwise<float>)
        (parameters: BacktrackingParameters)
        =
        let fits (entries: Channelwise<'T>) =
            entries.IsPerChannel = weightScale.IsPerChannel && entries.Count = weightScale.Count

        let precision, raised = parameters.Precision, parameters.IntrinsicShiftRaised

        let known =
            match request.Precision.Fallback with
            | Null -> precision = request.Precision.First
            | NonNull fallback -> precision = request.Precision.First || precision = fallback

        let runsInt15 =
            input.Type = ScalarType.Int16 && request.Profile.Paths.Contains ActivationPath.Int15

        let outside bits =
            bits < 0 || bits > WeightScales.mostBitsGivenUp

        if not (fits parameters.BitsGivenUp && fits raised) then
            let found = parameters.BitsGivenUp.Count
            Error(Refusal.ParametersOfAnotherLayer $"{found} entries for {weightScale.Count} weight scales")
        elif Channelwise.exists outside parameters.BitsGivenUp then
            Error(Refusal.ParametersOfAnotherLayer "a number of bits given up that is not one of 0 to 8")
        elif not known then
            Error(Refusal.ParametersOfAnotherLayer $"the precision {precision.Name}, which was not asked for")
        elif Channelwise.exists id raised && not runsInt15 then
            Error(Refusal.ParametersOfAnotherLayer "a raised intrinsic shift, which only the int15 path has")
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
                let! _ = ProfileRules.check profile

                let! weightScale =
                    WeightScales.select profile.Steps weightBits request.PerChannel layer.Weights

                do! checkParameters request layer.Input weightScale parameters
                return weightScale
            }

        match prepared with
        | Error refusal -> Error(refusedAtOnce parameters refusal)
        | Ok weightScale ->
            parameters
            |> Backtracking.run
                (BacktrackingParameters.attemptLimit weightScale)
                "the layer's integers do not fit the target"
                (attempt request weightScale layer)
            |> Result.map (fun ((plan, integers, realBias), trace) ->
                {
                    Request = request
                    Precision = trace.Last.Parameters.Precision
                    Observed = layer.Output
                    Activation = layer.Activation
                    Plan = plan
                    RealBias = realBias
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

        let parameters =
            BacktrackingParameters.initial request.Precision.First request.Precision.Fallback shape

        planFrom parameters request layer
