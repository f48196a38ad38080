namespace QuantFunctional.FSharp

open System
open System.Collections.Immutable
open QuantFunctional

/// How input and output are stored, and where their steps come from.
[<RequireQualifiedAccess>]
module internal Encodings =

    let private explain (encoding: Encoding) (howFound: string list) : EncodingExplanation =
        let whole =
            match Encoding.wholeRange encoding.Type with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32 // no encoding of such a type can be made

        let real (integer: int64) =
            float (integer - int64 encoding.ZeroPoint) * encoding.StepSize + 0.0

        {
            Type = encoding.Type.Name
            StepSize = encoding.StepSize
            Scale = encoding.Scale
            ZeroPoint = encoding.ZeroPoint
            Low = real whole.Low
            High = real whole.High
            HowFound = ImmutableArray.CreateRange<string> howFound
        }

    let ofInput (layer: QuantizedLayer) : EncodingExplanation =
        explain layer.Integers.Input [ "As the layer's input is given." ]

    /// The output's encoding before any limit of the target was looked at; none where the plan's own range gives none.
    let private first (layer: QuantizedLayer) =
        let request, observed = layer.Request, layer.Observed
        Encoding.ofRange request.Profile.Steps request.Asymmetric layer.Precision.OutputType observed.Low observed.High

    /// The power of two by which the output's Scale was raised (or lowered, where it is negative), if that is all.
    let bitsGained (layer: QuantizedLayer) : int voption =
        match first layer with
        | Error _ -> ValueNone
        | Ok first ->
            let bits = Math.ILogB layer.Integers.Output.Scale - Math.ILogB first.Scale

            if Numbers.scalePow2 bits first.Scale = layer.Integers.Output.Scale then
                ValueSome bits
            else
                ValueNone

    let private fromRange (layer: QuantizedLayer) (first: Encoding) : string list =
        let low, high = min layer.Observed.Low 0.0, max layer.Observed.High 0.0

        let range =
            match Encoding.quantizationRange layer.Request.Asymmetric first.Type with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32

        let format =
            match layer.Request.Profile.Steps with
            | StepFormat.Float32 -> ", rounded to float32 as the target's files hold it"
            | StepFormat.Float64 -> ""

        let observed =
            $"Observed (or stated): {Words.number layer.Observed.Low} to {Words.number layer.Observed.High}"

        let step = $"{Words.number first.StepSize}{format}"

        if low = 0.0 && high = 0.0 then
            [ $"{observed}; there is nothing to resolve, so the step is 1." ]
        elif layer.Request.Asymmetric then
            let levels = range.High - range.Low

            let width = Words.number (high - low)

            [
                $"{observed}; with 0 among it that is {width} wide, over {levels} steps: the step is {step}."
                $"Zero point: round({range.Low} + {Words.number -low} / step) = {first.ZeroPoint}."
            ]
        else
            let larger = Words.number (max -low high)

            [
                $"{observed}; the larger side, {larger}, over {range.High} steps: the step is {step}."
                "Zero point: 0, since symmetric activations were asked for."
            ]

    let ofOutput (layer: QuantizedLayer) : EncodingExplanation =
        let output, precision = layer.Integers.Output, layer.Precision

        let lowest =
            layer.Integers.Profile.ShiftRange(layer.Integers.Path, precision).Lowest

        let story =
            match first layer, bitsGained layer with
            | Ok first, ValueSome 0 -> fromRange layer first
            | Ok first, ValueSome bits when output.Type <> first.Type ->
                fromRange layer first
                @ [
                    $"Widened to {output.Type.Name}: every shift had {bits} to spare, so the step is divided by "
                    + $"{Words.pow2 bits}: {Words.number output.StepSize}, with zero point 0."
                ]
            | Ok first, ValueSome bits ->
                fromRange layer first
                @ [
                    $"A shift was {-bits} below the target's lowest of {lowest}, so the step is multiplied by "
                    + $"{Words.pow2 -bits}: {Words.number output.StepSize}."
                ]
            | _ ->
                [
                    "As the plan states it, for the range "
                    + $"{Words.number layer.Observed.Low} to {Words.number layer.Observed.High}."
                ]

        explain output story
