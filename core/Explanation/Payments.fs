namespace QuantFunctional.FSharp

open QuantFunctional

/// What a layer paid for being run by its target, in sentences.
[<RequireQualifiedAccess>]
module internal Payments =

    let private fallback (layer: QuantizedLayer) =
        [
            if layer.Precision <> layer.Request.Precision.First then
                let wished = layer.Request.Precision.First
                $"Precision: {layer.Precision.Name} instead of {wished.Name}, because of the ReLU."
        ]

    /// What a power of two as factor, or one scale for all channels, takes from the weights.
    let private weights (layer: QuantizedLayer) (channels: ChannelExplanation list) =
        let live = channels |> List.filter (fun channel -> channel.State = "live")

        let causes =
            [
                if not layer.Precision.HasMultiplier then
                    "Folding: the factor is a power of two, so a fraction of it went into the weight scales."
                if not layer.Request.PerChannel then
                    "One scale for all channels: those with smaller weights use fewer bits."
            ]

        if causes.IsEmpty || live.IsEmpty then
            []
        else
            let worst = live |> List.minBy _.WeightBits
            let mean = Words.hundredths (live |> List.averageBy _.WeightBits)
            let causes = String.concat " " causes

            [
                $"{causes} The weights use {mean} of 8 bits on average; channel {worst.Channel} uses the fewest, "
                + $"{Words.hundredths worst.WeightBits} (its largest integer weight is {worst.LargestWeight} of 127)."
            ]

    let private givenUp (channels: ChannelExplanation list) =
        match channels |> List.filter (fun channel -> channel.BitsGivenUp > 0) with
        | [] -> []
        | some ->
            let worst = some |> List.maxBy _.BitsGivenUp
            let most = Words.counted worst.BitsGivenUp "bit"
            let named = some |> List.map _.Channel |> Array.ofList |> Words.channels

            [
                if some.Length = 1 then
                    $"Weight bits: retries gave up {most} in {named}."
                else
                    $"Weight bits: retries gave up some in {named}; the most in channel {worst.Channel}: {most}."
            ]

    let private intrinsic (layer: QuantizedLayer) (channels: ChannelExplanation list) =
        match channels |> List.filter (fun channel -> channel.IntrinsicShift = IntrinsicShift.Hi) with
        | _ when layer.Integers.Path <> ActivationPath.Int15 -> []
        | [] -> []
        | some ->
            [
                $"Intrinsic shift: the larger one in {some.Length} of {channels.Length} channels, "
                + "which drops the 7 lowest bits of the product."
            ]

    let private output (layer: QuantizedLayer) (bits: int) =
        if bits < 0 then
            let given = Words.counted -bits "bit"

            let cause =
                if layer.Integers.Output.Type = ScalarType.Int32 then
                    "which 32 bits have to spare."
                else
                    "because a shift was below the target's range."

            [
                $"Output: its step is {Words.pow2 -bits} times as coarse as its range allows: {given} given up, {cause}"
            ]
        elif bits > 0 then
            [ $"""Output: 32 bits wide, which gained {Words.counted bits "bit"}.""" ]
        else
            []

    let private dead (channels: ChannelExplanation list) =
        match channels |> List.filter (fun channel -> channel.State <> "live") with
        | [] -> []
        | some ->
            let named = some |> List.map _.Channel |> Array.ofList |> Words.channels

            [
                $"Constant: every weight rounds to 0 in {named}; the output is the bias alone."
            ]

    let ofLayer (layer: QuantizedLayer) (outputBits: int) (channels: ChannelExplanation array) : string list =
        let channels = List.ofArray channels

        let paid =
            [
                yield! fallback layer
                yield! weights layer channels
                yield! givenUp channels
                yield! intrinsic layer channels
                yield! output layer outputBits
                yield! dead channels
            ]

        if paid.IsEmpty then
            [
                "Nothing: every weight scale uses its 8 bits, and the output its whole range."
            ]
        else
            paid
