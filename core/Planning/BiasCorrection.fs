namespace QuantFunctional

open System.Collections.Immutable

/// What is added to the real biases for the mean error that quantizing the weights leaves (docs/arithmetic.md).
[<RequireQualifiedAccess; NoComparison>]
type BiasCorrection =
    /// Nothing.
    | Off
    /// From the mean of each input channel, those of all groups: `Σ (w − ŵ)·E[a]` is added.
    | FromMeanInput of Means: ImmutableArray<float>
    /// From the mean of each output channel of the quantized layer: `E[float output] − E[quantized output]` is added. The
    /// float layer's means are those of the layer's observed distribution.
    | FromMeanOutput of Quantized: ImmutableArray<float>

    override c.ToString() =
        match c with
        | Off -> "off"
        | FromMeanInput means -> $"from mean inputs {FSharp.ShortText.list means}"
        | FromMeanOutput means -> $"from mean outputs {FSharp.ShortText.list means}"

namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open System.Runtime.InteropServices
open QuantFunctional

/// Real biases with their correction.
[<RequireQualifiedAccess>]
module BiasCorrection =

    let private need (what: string) (expected: int) (means: ImmutableArray<float>) =
        if means.IsDefault || means.Length <> expected then
            let found = if means.IsDefault then 0 else means.Length
            Error(Refusal.BiasCorrectionNotFit $"there are {found} means of {what} for {expected}")
        else
            match means |> Seq.tryFindIndex (Double.IsFinite >> not) with
            | Some index -> Error(Refusal.BiasCorrectionNotFit $"the mean of {what} {index} is not finite")
            | None -> Ok means

    /// Σ (w − ŵ)·E[a] of one output channel, in logical order: input channel, then kernel position.
    let private ofChannel
        (layer: Layer)
        (weightScale: float)
        (integers: IntegerWeights)
        (means: ImmutableArray<float>)
        =
        let shape, data = layer.Weights.Shape, layer.Weights.Data

        fun (channel: int) ->
            let firstInput = channel / (shape.Channels / shape.Groups) * shape.Inputs
            let mutable sum = 0.0

            for input in 0 .. shape.Inputs - 1 do
                for position in 0 .. shape.Positions - 1 do
                    let index = shape.Index(channel, input, position)

                    let quantized =
                        if weightScale = 0.0 then
                            0.0
                        else
                            float integers.Values[index] / weightScale

                    sum <- sum + (float data.Span[index] - quantized) * means[firstInput + input]

            sum

    /// The real bias of each output channel: the layer's own, and the correction. Refused: means that are not one for each
    /// input channel of the layer (FromMeanInput) or one for each output channel (FromMeanOutput), or not finite.
    let corrected
        (correction: BiasCorrection)
        (layer: Layer)
        (weightScale: Channelwise<float>)
        (integers: IntegerWeights)
        : Result<ImmutableArray<float>, Refusal> =
        let shape = layer.Weights.Shape
        let bias = layer.Bias

        let added (correctionOf: int -> float) =
            Array.init shape.Channels (fun channel ->
                (if bias.IsEmpty then 0.0 else float bias.Span[channel]) + correctionOf channel)
            |> ImmutableCollectionsMarshal.AsImmutableArray

        match correction with
        | BiasCorrection.Off -> Ok(added (fun _ -> 0.0))
        | BiasCorrection.FromMeanInput means ->
            need "input channel" (shape.Inputs * shape.Groups) means
            |> Result.map (fun means ->
                added (fun channel -> ofChannel layer weightScale[channel] integers means channel))
        | BiasCorrection.FromMeanOutput quantized ->
            need "output channel" shape.Channels quantized
            |> Result.bind (fun quantized ->
                need "the float layer's output channel" shape.Channels layer.Output.Means
                |> Result.map (fun real -> added (fun channel -> real[channel] - quantized[channel])))
