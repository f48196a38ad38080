namespace QuantFunctional.FSharp

open QuantFunctional

/// What was asked for and what the target does about it, in sentences.
[<RequireQualifiedAccess>]
module internal Settings =

    let asked (request: PrecisionRequest) : string =
        match request with
        | PrecisionRequest.Exactly precision -> precision.Name
        | PrecisionRequest.SimaInt8OrTflite -> "sima-int8, or tflite-int8 where ReLU needs it"
        | PrecisionRequest.SimaInt16OrTflite -> "sima-int16, or tflite-int16 where ReLU needs it"
        | PrecisionRequest.SimaInt16OrWider -> "sima-int16, with an int32 output where shifts are to spare"

    let private path (path: ActivationPath) =
        match path with
        | ActivationPath.Int8 -> "8-bit activations"
        | ActivationPath.Int15 -> "16-bit activations on 8-bit multipliers, in two halves (int15)"
        | ActivationPath.Int16 -> "16-bit activations, multiplied whole (int16)"

    let private factor (layer: QuantizedLayer) =
        let shifts = layer.Integers.Profile.ShiftRange(layer.Integers.Path, layer.Precision)
        let range = $"right shifts from {shifts.Lowest} to {shifts.Highest}"

        match layer.Precision.HasMultiplier, layer.Integers.Profile.Multiplier with
        | false, _ -> $"a shift alone, {range}"
        | true, MultiplierForm.Integer bits -> $"a multiplier of {bits} bits and {range}"
        | true, MultiplierForm.Single24 -> $"a float32 factor, told as a multiplier of 24 bits and {range}"

    let private correction (correction: BiasCorrection) =
        match correction with
        | BiasCorrection.Off -> []
        | BiasCorrection.FromMeanInput _ ->
            [
                "Biases: corrected for the mean error of the weights, from the mean of each input channel."
            ]
        | BiasCorrection.FromMeanOutput _ ->
            [
                "Biases: corrected by the difference between the float and the quantized output's means."
            ]

    let private rounding (rounding: WeightRounding) =
        match rounding with
        | WeightRounding.Nearest -> []
        | WeightRounding.Differences differences ->
            let others =
                differences |> Seq.filter (fun difference -> difference <> 0y) |> Seq.length

            [
                $"""Rounding: {others} of {Words.counted differences.Length "weight"} differ from the nearest integers, so that their """
                + "errors cancel in the layer's outputs."
            ]

    let private activation (layer: QuantizedLayer) =
        match layer.Activation with
        | Activation.Linear -> []
        | Activation.Relu ->
            let how =
                if layer.Integers.Profile.SaturatesRelu layer.Precision then
                    "the zero point is the lowest output value, so saturation does it"
                else
                    "the output stage clamps there"

            [
                $"ReLU: the output ends at its zero point, {layer.Integers.Output.ZeroPoint}; {how}."
            ]

    /// The sentences, in the order of the data.
    let ofLayer (layer: QuantizedLayer) : string list =
        let integers, request = layer.Integers, layer.Request
        let shape = integers.Shape
        let sizes = System.String.Join("x", shape.Sizes)
        let channels = Words.counted shape.Channels "output channel"
        let weights = Words.counted shape.WeightsPerChannel "weight"

        let scales =
            if request.PerChannel then
                "one weight scale for each channel"
            else
                "one weight scale for all channels"

        let zeroPoints =
            if request.Asymmetric then
                "any zero point"
            else
                "zero point 0"

        [
            $"Target: profile {integers.Profile.Name}; {path integers.Path}; "
            + $"an accumulator of {integers.Accumulator.Bits} bits; requantization by {factor layer}."
            $"Asked for: {asked request.Precision}; {scales}; an output with {zeroPoints}. "
            + $"Used: {layer.Precision.Name}."
            $"Weights: {shape.Layout} {sizes}, {channels} of {weights} each."
            yield! activation layer
            yield! rounding request.WeightRounding
            yield! correction request.BiasCorrection
        ]
