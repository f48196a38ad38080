namespace QuantFunctional

/// A plan whose weights are rounded by second moments.
[<NoComparison>]
type MomentRounding =
    {
        /// The plan, with the steps that it had.
        Layer: WeightOnlyLayer
        /// The squared errors of all channels' outputs, as far as inputs are looked at together.
        Errors: MomentErrors
    }

    override r.ToString() = $"{r.Layer}: {r.Errors}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// Rounds the weights of a product by the second moments of what it reads.
[<RequireQualifiedAccess>]
module MomentRounding =

    /// By channel and group, whether the integers may change: where all stand for 0, there is no step.
    let private haveSteps (layer: WeightOnlyLayer) =
        let shape = layer.Shape

        Array.init shape.Channels (fun channel ->
            let groups = Array.create layer.GroupsPerChannel false

            for weight in 0 .. shape.WeightsPerChannel - 1 do
                if layer.Weights[shape.Index(channel, weight, 0)] <> layer.ZeroPointOf(channel, weight) then
                    groups[weight / layer.GroupSize] <- true

            groups)

    let private refuse (layer: WeightOnlyLayer) (weights: WeightView) (moments: SecondMoments list) =
        let shape = layer.Shape
        let inputs = moments |> List.sumBy _.Inputs

        if shape.Positions <> 1 || shape.Groups <> 1 then
            Error(
                Refusal.DistributionNotFit
                    "its second moments are those of a product, which has no kernel and no groups"
            )
        elif inputs <> shape.Inputs then
            Error(
                Refusal.DistributionNotFit
                    $"its second moments are those of {inputs} inputs where it has {shape.Inputs}"
            )
        elif weights.Shape <> shape then
            Error(Refusal.WeightOnlyNotFit "the real weights have another shape than the plan")
        else
            Ok()

    /// The plan with integers that have the least error found, never more than the nearest ones. Moments are those of inputs that follow
    /// each other, in blocks that each hold at most 1,024. Refused: real weights or moments that are not those of the plan's inputs.
    let round
        (weights: WeightView)
        (moments: SecondMoments list)
        (layer: WeightOnlyLayer)
        : Result<MomentRounding, Refusal> =
        refuse layer weights moments
        |> Result.bind (fun () ->
            let shape = layer.Shape
            let integers = layer.Weights.AsSpan().ToArray()
            let haveSteps = haveSteps layer
            let mutable errors = { Nearest = 0.0; Chosen = 0.0 }
            let mutable first = 0

            let limits =
                {
                    Lowest = float layer.Request.Lowest
                    Highest = float layer.Request.Highest
                    Together = infinity
                }

            for block in moments do
                let begins = first
                let place channel input = shape.Index(channel, begins + input, 0)

                let step channel input =
                    if haveSteps[channel][(begins + input) / layer.GroupSize] then
                        layer.StepOf(channel, begins + input)
                    else
                        0.0

                let zero channel input =
                    float (layer.ZeroPointOf(channel, begins + input)) * step channel input

                let told =
                    BlockRounding.round
                        (ErrorFeedback.ofMoments block)
                        limits
                        (seq { 0 .. shape.Channels - 1 })
                        place
                        step
                        zero
                        weights.Data
                        integers

                errors <-
                    {
                        Nearest = errors.Nearest + told.Nearest
                        Chosen = errors.Chosen + told.Chosen
                    }

                first <- first + block.Inputs

            WeightOnly.ofParts
                layer.Request
                shape
                (ImmutableArray.Create<sbyte> integers)
                layer.Steps
                layer.ZeroPoints
                layer.Bias
            |> Result.map (fun layer -> { Layer = layer; Errors = errors }))
