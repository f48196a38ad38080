namespace QuantFunctional

/// How the weights of a planned layer are rounded by second moments.
[<NoComparison>]
type LayerRounding =
    {
        /// What to plan the layer with.
        Rounding: WeightRounding
        /// How many weights are not the nearest integers.
        Changed: int
        /// The squared errors of all channels' outputs, as far as inputs are looked at together.
        Errors: MomentErrors
    }

    override r.ToString() = $"{r.Rounding}: {r.Errors}"

namespace QuantFunctional.FSharp

open System.Collections.Generic
open System.Collections.Immutable
open QuantFunctional

/// Rounds the weights of a planned layer by the second moments of what they are multiplied with.
[<RequireQualifiedAccess>]
module LayerRounding =

    let private isPaired (layer: QuantizedLayer) =
        layer.Integers.ProductSums <> ProductSums.InFull

    /// The nearest integers of a plan, which must have them.
    let private nearest (weights: WeightView) (layer: QuantizedLayer) =
        let refuse what =
            Error(Refusal.WeightRoundingNotFit what)

        if weights.Shape <> layer.Integers.Shape then
            refuse "the real weights have another shape than the plan"
        else
            let integers = (Weights.quantize 8 layer.Plan.WeightScale weights).Values

            if System.Linq.Enumerable.SequenceEqual(integers, layer.Integers.Weights) then
                Ok integers
            else
                refuse "the plan's weights are not the nearest integers of these real ones"

    let private checkMoments (moments: IReadOnlyList<IReadOnlyList<SecondMoments>>) (layer: QuantizedLayer) =
        let refuse what =
            Error(Refusal.DistributionNotFit $"its second moments {what}")

        let shape = layer.Integers.Shape
        let products = PairOrder.products shape

        let isSplit (blocks: IReadOnlyList<SecondMoments>) =
            isPaired layer
            && blocks |> Seq.take (blocks.Count - 1) |> Seq.exists (fun block -> block.Inputs % 2 <> 0)

        if moments.Count <> shape.Groups then
            refuse $"are those of {moments.Count} groups where it has {shape.Groups}"
        else
            moments
            |> Seq.tryPick (fun blocks ->
                match Seq.sumBy (fun (block: SecondMoments) -> block.Inputs) blocks with
                | inputs when inputs <> products -> Some $"are those of {inputs} inputs where it has {products}"
                | _ when isSplit blocks ->
                    Some "part a pair of neighbours: all blocks but the last have an even number of inputs"
                | _ -> None)
            |> function
                | Some what -> refuse what
                | None -> Ok()

    let private differences (nearest: ImmutableArray<sbyte>) (integers: sbyte array) =
        let all =
            Array.init integers.Length (fun index -> int integers[index] - int nearest[index])

        if Array.exists (fun difference -> abs difference > 127) all then
            Error(Refusal.WeightRoundingNotFit "a weight would be more than 127 steps from its nearest integer")
        else
            Ok(ImmutableArray.CreateRange<sbyte>(Seq.map sbyte all))

    let private chosen
        (weights: WeightView)
        (moments: IReadOnlyList<IReadOnlyList<SecondMoments>>)
        (layer: QuantizedLayer)
        (nearest: ImmutableArray<sbyte>)
        : struct (sbyte array * MomentErrors) =
        let shape = layer.Integers.Shape
        let perGroup = shape.Channels / shape.Groups
        let integers = nearest.AsSpan().ToArray()
        let mutable errors = { Nearest = 0.0; Chosen = 0.0 }

        let limits =
            {
                Lowest = -(float (WeightScales.largestInteger 8))
                Highest = float (WeightScales.largestInteger 8)
                Together = if isPaired layer then PairLimit.limit else infinity
            }

        let step channel _ =
            let scale = layer.Plan.WeightScale[channel]
            if scale = 0.0 then 0.0 else 1.0 / scale

        for group in 0 .. shape.Groups - 1 do
            let channels = seq { group * perGroup .. (group + 1) * perGroup - 1 }
            let mutable first = 0

            for block in moments[group] do
                let begins = first

                let place channel input =
                    PairOrder.index shape channel (begins + input)

                let told =
                    BlockRounding.round
                        (ErrorFeedback.ofMoments block)
                        limits
                        channels
                        place
                        step
                        (fun _ _ -> 0.0)
                        weights.Data
                        integers

                errors <-
                    {
                        Nearest = errors.Nearest + told.Nearest
                        Chosen = errors.Chosen + told.Chosen
                    }

                first <- first + block.Inputs

        struct (integers, errors)

    /// The rounding that has the least error found, never more than the nearest integers, whose scales it keeps. Moments are those
    /// of each group's inputs in the order of their products (`PairOrder`), in blocks that each hold at most 1,024. Refused: real
    /// weights or moments that are not those of the plan, and a plan whose weights are not the nearest integers.
    let ofMoments
        (weights: WeightView)
        (moments: IReadOnlyList<IReadOnlyList<SecondMoments>>)
        (layer: QuantizedLayer)
        : Result<LayerRounding, Refusal> =
        result {
            let! nearest = nearest weights layer
            do! checkMoments moments layer
            let struct (integers, errors) = chosen weights moments layer nearest
            let! differences = differences nearest integers

            return
                {
                    Rounding = WeightRounding.Differences differences
                    Changed = differences |> Seq.filter (fun difference -> difference <> 0y) |> Seq.length
                    Errors = errors
                }
        }
