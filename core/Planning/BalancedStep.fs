namespace QuantFunctional.FSharp

open System
open QuantFunctional

/// Which of the safe steps a channel gets whose pairs ask for a larger one: all are within 1 % of the smallest, and the one is
/// taken with which its weights' errors do least harm.
///
/// Inputs that a ReLU has made have a mean, so that the sum of the errors shifts every output of the channel alike, and the
/// layers behind do not average that out. Of a normal value cut at 0 the squared mean is half the variance. So with errors e of
/// n weights an output errs by (Σe)²/2 + Σe² in the mean, times the variance. The first part is as large as chance makes it, and
/// another step draws again; the second one is n/12 steps squared, whichever it is.
[<RequireQualifiedAccess>]
module internal BalancedStep =

    let private mostCandidates = 16
    let private fewestCandidates = 8
    let private weightsRead = 160_000

    // below the 1 % that a step may be above the smallest one, since that is known to 1/1024 of the largest weight
    let private growth = 1.0099

    /// How many steps are tried for a layer of so many weights, as many as 160,000 roundings allow; 0 where they are too few to
    /// choose from. Planning stays about as fast as without pairs, since in large networks most weights are in large layers.
    let candidates (weights: int) : int =
        let affordable = weightsRead / max 1 weights

        if affordable < fewestCandidates then
            0
        else
            min mostCandidates affordable

    /// A channel's weights by input channel, then position, so that no sum depends on the layout.
    let private gather (weights: WeightView) (into: float32 array) (channel: int) =
        let data = weights.Data.Span
        let shape = weights.Shape
        let first = shape.Index(channel, 0, 0)
        let inputStride = shape.Index(channel, 1, 0) - first
        let positionStride = shape.Index(channel, 0, 1) - first
        let mutable at = 0

        for input in 0 .. shape.Inputs - 1 do
            let mutable from = first + input * inputStride

            for _ in 1 .. shape.Positions do
                into[at] <- data[from]
                from <- from + positionStride
                at <- at + 1

    let private sum (weights: float32 array) =
        let mutable total = 0.0

        for weight in weights do
            total <- total + float weight

        total

    /// What the errors of some channels do in the mean at each of some Scales.
    let private harm (weights: WeightView) (channels: int seq) (scales: float array) : float array =
        let count = weights.Shape.Inputs * weights.Shape.Positions
        let reals, integers = Array.zeroCreate<float32> count, Array.zeroCreate<sbyte> count
        let harm = Array.zeroCreate<float> scales.Length

        for channel in channels do
            gather weights reals channel
            let real = sum reals

            scales
            |> Array.iteri (fun i scale ->
                let mutable sums = { Total = 0L; Positive = 0L }

                WeightLoops.channel
                    WeightLoops.widest
                    scale
                    BacktrackingParameters.wholeWeight
                    (ReadOnlySpan reals)
                    (integers.AsSpan())
                    &sums

                let shift = real - float sums.Total / scale
                harm[i] <- harm[i] + shift * shift / 2.0 + float count / (12.0 * scale * scale))

        harm

    /// How many steps, in 1/1024, the largest weight of some channels has with the least harm, from the most that are safe. The
    /// smallest step wins where several do as little.
    let choose (format: StepFormat) (weights: WeightView) (channels: int seq) (weight: float) (safe: int) : int =
        let lowest =
            max (int (1024.0 * BacktrackingParameters.smallestLargestWeight)) (int (Math.Ceiling(float safe / growth)))

        let count = candidates weights.Data.Length

        let tried =
            Array.init count (fun i -> safe - int (int64 (safe - lowest) * int64 i / int64 (count - 1)))

        let harm =
            tried
            |> Array.map (fun parts -> WeightScales.ofLevels format (float parts / 1024.0) weight)
            |> harm weights channels

        tried[Array.IndexOf(harm, Array.min harm)]
