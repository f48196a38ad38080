namespace QuantFunctional.Testing

open QuantFunctional
open QuantFunctional.FSharp

/// A case under given parameters, stage by stage.
[<RequireQualifiedAccess>]
module internal Attempts =

    let path (case: LayerCase) : ActivationPath =
        match case.InputType with
        | ScalarType.Int8 -> ActivationPath.Int8
        | _ when RequestGen.isWhole case.Request.Profile case.InputType -> ActivationPath.Int16
        | _ -> ActivationPath.Int15

    /// The scales of the weights before bits are given up: m, or what pairs leave of it, for the largest.
    let scales (case: LayerCase) (parameters: BacktrackingParameters) : Result<Channelwise<float>, Refusal> =
        let format = case.Request.Profile.Steps

        WeightScales.largestMagnitudes (LayerCase.layer case).Weights
        |> Result.map (fun largest ->
            let largest =
                if case.Request.PerChannel then
                    Channelwise.perChannel largest
                else
                    Channelwise.perTensor (Array.max largest)

            Channelwise.init largest (fun entry ->
                if parameters.BitsGivenUp[entry] > 0 then
                    WeightScales.ofLargest format 8 largest[entry]
                else
                    WeightScales.ofLevels format parameters.LargestWeight[entry] largest[entry]))

    /// The parameters that planning begins with.
    let start (case: LayerCase) : BacktrackingParameters =
        let shape =
            if case.Request.PerChannel then
                Channelwise.perChannel (Array.zeroCreate<int> case.Channels)
            else
                Channelwise.perTensor 0

        BacktrackingParameters.initial case.Precision case.Request.Precision.Fallback shape

    let stage (case: LayerCase) (parameters: BacktrackingParameters) : Stage =
        {
            Request = LayerCase.request case
            Path = path case
            Layer = LayerCase.layer case
            Parameters = parameters
        }

    /// The plan that an attempt selects, its stage, and the integer weights.
    let selected
        (case: LayerCase)
        (parameters: BacktrackingParameters)
        : Result<Stage * Plan * IntegerWeights, Refusal> =
        let stage = stage case parameters

        scales case parameters
        |> Result.bind (fun scales -> Pipeline.select scales stage)
        |> Result.map (fun plan -> stage, plan, Weights.quantize 8 plan.WeightScale stage.Layer.Weights)

    /// The entries that are alive once the weights are integers.
    let live (case: LayerCase) (integers: IntegerWeights) : Channelwise<bool> =
        let alive = Array.init case.Channels (integers.IsZero >> not)

        if case.Request.PerChannel then
            Channelwise.perChannel alive
        else
            Channelwise.perTensor (Array.exists id alive)

    /// By how many bits the shifts of a plan fall short of the lowest, in the entry that is worst.
    let missing (stage: Stage) (plan: Plan) (live: Channelwise<bool>) : int =
        Channelwise.map2
            (fun alive (r: Requantization) -> if alive then stage.ShiftRange.Lowest - r.Shift else 0)
            live
            plan.Requantization
        |> _.Values
        |> Seq.fold max 0

    /// The shifts of an attempt after its output's Scale was lowered for those below the range; none for the dead.
    let shifts (case: LayerCase) (parameters: BacktrackingParameters) : Result<Channelwise<int option>, Refusal> =
        selected case parameters
        |> Result.map (fun (stage, plan, integers) ->
            let live = live case integers
            let missing = missing stage plan live

            Channelwise.map2
                (fun alive (r: Requantization) -> if alive then Some(r.Shift + missing) else None)
                live
                plan.Requantization)
