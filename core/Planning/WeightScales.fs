namespace QuantFunctional.FSharp

open System
open System.Numerics.Tensors
open QuantFunctional

/// Scales of weights: m / max│w│ (docs/arithmetic.md).
[<RequireQualifiedAccess>]
module WeightScales =

    /// m, the largest integer weight of so many bits; the range is symmetric.
    let largestInteger (bits: int) : int = (1 <<< (bits - 1)) - 1

    /// With 8 bits given up every 8-bit weight rounds to 0, so there is nothing to give up beyond.
    let mostBitsGivenUp = 8

    /// A Scale with bits of precision given up; 0 where all of them are.
    let giveUp (bits: int) (scale: float) : float =
        if bits >= mostBitsGivenUp then
            0.0
        else
            Numbers.scalePow2 -bits scale

    let internal refuseNotFinite (weights: WeightView) : Result<'T, Refusal> =
        let data = weights.Data.Span
        let mutable index = 0

        while Single.IsFinite data[index] do
            index <- index + 1

        Error(Refusal.WeightNotFinite(index, RealText.ofSingle data[index]))

    /// max│w│ of each output channel, in one reading. A weight that is not finite is refused by its index in the data.
    let largestMagnitudes (weights: WeightView) : Result<float array, Refusal> =
        let data = weights.Data.Span
        let largest = Array.zeroCreate<float32> weights.Channels

        let shape = weights.Shape
        let length = shape.RunLength

        for run in 0 .. data.Length / length - 1 do
            let values = data.Slice(run * length, length)
            let first = shape.RunChannel run

            if shape.IsInterleaved then
                let known = largest.AsSpan(first, length)
                TensorPrimitives.MaxMagnitude(values, Span.op_Implicit known, known)
            else
                largest[first] <- Single.MaxMagnitude(largest[first], TensorPrimitives.MaxMagnitude values)

        // a NaN wins every comparison of MaxMagnitude, so nothing that is not finite is lost
        if Array.forall Single.IsFinite largest then
            Ok(Array.map (float >> abs) largest)
        else
            refuseNotFinite weights

    /// levels / largest as a file holds it; 0 where there is nothing, or less than the smallest step that the file holds.
    let ofLevels (format: StepFormat) (levels: float) (largest: float) : float =
        match format with
        | _ when largest = 0.0 -> 0.0
        | StepFormat.Float32 when Numbers.toSingle (largest / levels) < Numbers.smallestNormalSingle -> 0.0
        | _ -> Encoding.storedScale format levels largest

    /// m / largest as a file holds it.
    let ofLargest (format: StepFormat) (bits: int) (largest: float) : float =
        ofLevels format (float (largestInteger bits)) largest

    /// `weight_single_quantization_scale`: one Scale for the whole tensor.
    let perTensor (format: StepFormat) (bits: int) (weights: WeightView) : Result<float, Refusal> =
        largestMagnitudes weights |> Result.map (Array.max >> ofLargest format bits)

    /// `weight_quantization_scale`: one Scale per output channel, or one for all.
    let select
        (format: StepFormat)
        (bits: int)
        (perChannel: bool)
        (weights: WeightView)
        : Result<Channelwise<float>, Refusal> =
        if perChannel then
            largestMagnitudes weights
            |> Result.map (Array.map (ofLargest format bits) >> Channelwise.perChannel)
        else
            perTensor format bits weights |> Result.map Channelwise.perTensor
