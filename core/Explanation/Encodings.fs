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

    /// The range that the output must cover: what was observed, after the activation.
    let private covered (layer: QuantizedLayer) =
        let observed = layer.Observed

        match layer.Activation with
        | Activation.Linear -> struct (observed.Low, observed.High)
        | Activation.Relu -> struct (max observed.Low 0.0, max observed.High 0.0)

    // a 32-bit output is symmetric, whatever was asked for
    let private asymmetric (layer: QuantizedLayer) =
        layer.Request.Asymmetric && layer.Precision.OutputType <> ScalarType.Int32

    /// The output's encoding before any limit of the target was looked at, and before joins raised it.
    let private ofRange (layer: QuantizedLayer) =
        let struct (low, high) = covered layer
        Encoding.ofRange layer.Request.Profile.Steps (asymmetric layer) layer.Precision.OutputType low high

    let private raised (layer: QuantizedLayer) =
        Encoding.raised layer.Request.Profile.Steps layer.Observed.StepRaise

    let private first (layer: QuantizedLayer) =
        ofRange layer |> Result.map (raised layer)

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

    let private whyRaised (layer: QuantizedLayer) (first: Encoding) =
        [
            if layer.Observed.StepRaise > 0 then
                $"Raised by {layer.Observed.StepRaise}/32768 of itself to {Words.number (raised layer first).StepSize}, the "
                + "smallest step at which every arithmetic of the target makes the same integers of the joins that the "
                + "output takes part in; the zero point stays."
        ]

    let private fromRange (layer: QuantizedLayer) (first: Encoding) : string list =
        let struct (low, high) = covered layer
        let low, high = min low 0.0, max high 0.0

        let range =
            match Encoding.quantizationRange (asymmetric layer) first.Type with
            | Ok range -> range
            | Error _ -> Interval.ofBits 32

        let format =
            match layer.Request.Profile.Steps with
            | StepFormat.Float32 -> ", rounded to float32 as the target's files hold it"
            | StepFormat.Float16 -> ", rounded to float16 as the target's files hold it"
            | StepFormat.Float64 -> ""

        let observed =
            let cut =
                if layer.Activation = Activation.Relu && layer.Observed.Low < 0.0 then
                    ", of which the ReLU cuts off what is below 0"
                else
                    ""

            $"Observed (or stated): {Words.number layer.Observed.Low} to {Words.number layer.Observed.High}{cut}"

        let step = $"{Words.number first.StepSize}{format}"

        if low = 0.0 && high = 0.0 then
            [ $"{observed}; there is nothing to resolve, so the step is 1." ]
        elif asymmetric layer then
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
                if layer.Request.Asymmetric then
                    "Zero point: 0, since a 32-bit output is symmetric."
                else
                    "Zero point: 0, as was asked for."
            ]

    let ofOutput (layer: QuantizedLayer) : EncodingExplanation =
        let output, precision = layer.Integers.Output, layer.Precision

        let lowest =
            layer.Integers.Profile.ShiftRange(layer.Integers.Path, precision).Lowest

        let story =
            let fromRange layer first =
                fromRange layer first @ whyRaised layer first

            match ofRange layer, bitsGained layer with
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
