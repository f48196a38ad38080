namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// A layer from real numbers to integers, top to bottom (docs/arithmetic.md).
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

    /// The first plan of an attempt, from weight scales of which no bits are given up yet.
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
        (magnitudes: WeightMagnitudes)
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

            let weightScale =
                BacktrackingParameters.weightScale request.Profile.Steps parameters magnitudes.Largest

            let! plan = select weightScale stage |> Step.ofResult
            let! plan = Adjustments.checkRelu stage plan
            let! plan = PairLimit.check stage magnitudes plan
            let nearest = Weights.quantize weightBits plan.WeightScale layer.Weights

            let! integers =
                WeightRounding.round
                    request.WeightRounding
                    stage.ProductSums
                    plan.WeightScale
                    layer.Weights.Shape
                    nearest
                |> Step.ofResult

            let! plan = Adjustments.zeroWeights integers plan
            let! plan = Adjustments.shiftRange stage integers plan
            let! narrow = Adjustments.productRange stage integers plan

            let! realBias =
                BiasCorrection.corrected request.BiasCorrection layer narrow.WeightScale integers |> Step.ofResult

            let! plan = Widening.widenWithin stage integers realBias narrow
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
        (shape: WeightShape)
        (parameters: BacktrackingParameters)
        =
        let count = if request.PerChannel then shape.Channels else 1

        let fits (entries: Channelwise<'T>) =
            entries.IsPerChannel = request.PerChannel && entries.Count = count

        let precision, raised = parameters.Precision, parameters.IntrinsicShiftRaised

        let known =
            match request.Precision.Fallback with
            | Null -> precision = request.Precision.First
            | NonNull fallback -> precision = request.Precision.First || precision = fallback

        let runsInt15 =
            input.Type = ScalarType.Int16 && request.Profile.Paths.Contains ActivationPath.Int15

        let outside bits =
            bits < 0 || bits > WeightScales.mostBitsGivenUp

        let addsPairs =
            input.Type = ScalarType.Int8
            && PairOrder.productSums request.Profile ActivationPath.Int8 shape <> ProductSums.InFull

        let isLowered steps =
            steps <> BacktrackingParameters.wholeWeight

        if not (fits parameters.BitsGivenUp && fits raised && fits parameters.LargestWeight) then
            let found = parameters.BitsGivenUp.Count
            Error(Refusal.ParametersOfAnotherLayer $"{found} entries for {count} weight scales")
        elif Channelwise.exists outside parameters.BitsGivenUp then
            Error(Refusal.ParametersOfAnotherLayer "a number of bits given up that is not one of 0 to 8")
        elif not known then
            Error(Refusal.ParametersOfAnotherLayer $"the precision {precision.Name}, which was not asked for")
        elif Channelwise.exists id raised && not runsInt15 then
            Error(Refusal.ParametersOfAnotherLayer "a raised intrinsic shift, which only the int15 path has")
        elif Channelwise.exists (BacktrackingParameters.isLargestWeight >> not) parameters.LargestWeight then
            Error(Refusal.ParametersOfAnotherLayer "a largest weight that is not 64 to 127 steps in whole 1/1024")
        elif Channelwise.exists isLowered parameters.LargestWeight && not (addsPairs && precision.HasMultiplier) then
            Error(
                Refusal.ParametersOfAnotherLayer
                    "a largest weight below 127 steps, which only precisions with a multiplier have, and products added in pairs"
            )
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

                let! magnitudes = PairLimit.magnitudes profile layer
                do! checkParameters request layer.Input layer.Weights.Shape parameters
                return magnitudes
            }

        match prepared with
        | Error refusal -> Error(refusedAtOnce parameters refusal)
        | Ok magnitudes ->
            parameters
            |> Backtracking.run
                (BacktrackingParameters.attemptLimit parameters.BitsGivenUp)
                "the layer's integers do not fit the target"
                (attempt request magnitudes layer)
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
