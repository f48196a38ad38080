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

    /// By channel and group, whether the integers may change: where all are 0, there is no step.
    let private haveSteps (layer: WeightOnlyLayer) =
        let shape = layer.Shape

        Array.init shape.Channels (fun channel ->
            let groups = Array.create layer.GroupsPerChannel false

            for weight in 0 .. shape.WeightsPerChannel - 1 do
                if layer.Weights[shape.Index(channel, weight, 0)] <> 0y then
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
            let most = WeightScales.largestInteger layer.Request.Type.Bits
            let integers = layer.Weights.AsSpan().ToArray()
            let haveSteps = haveSteps layer
            let mutable errors = { Nearest = 0.0; Chosen = 0.0 }
            let mutable first = 0

            for block in moments do
                let feedback = ErrorFeedback.ofMoments block
                let reals = Array.zeroCreate<float> block.Inputs
                let steps = Array.zeroCreate<float> block.Inputs
                let rounded = Array.zeroCreate<sbyte> block.Inputs

                for channel in 0 .. shape.Channels - 1 do
                    for input in 0 .. block.Inputs - 1 do
                        let index = shape.Index(channel, first + input, 0)
                        let hasStep = haveSteps[channel][(first + input) / layer.GroupSize]
                        reals[input] <- float (weights.Data.Span[index])
                        rounded[input] <- integers[index]

                        steps[input] <-
                            if hasStep then
                                layer.StepOf(channel, first + input)
                            else
                                0.0

                    let told =
                        ErrorFeedback.round feedback most (ReadOnlySpan steps) (ReadOnlySpan reals) (Span rounded)

                    errors <-
                        {
                            Nearest = errors.Nearest + told.Nearest
                            Chosen = errors.Chosen + told.Chosen
                        }

                    for input in 0 .. block.Inputs - 1 do
                        integers[shape.Index(channel, first + input, 0)] <- rounded[input]

                first <- first + block.Inputs

            WeightOnly.ofParts layer.Request shape (ImmutableArray.Create<sbyte> integers) layer.Steps layer.Bias
            |> Result.map (fun layer -> { Layer = layer; Errors = errors }))
