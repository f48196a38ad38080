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

    /// What a power of two as factor takes from the weights.
    let private folding (layer: QuantizedLayer) (live: ChannelExplanation list) =
        if layer.Precision.HasMultiplier || live.IsEmpty then
            []
        else
            let worst = live |> List.maxBy _.FoldedBits
            let mean = Words.hundredths (live |> List.averageBy _.FoldedBits)

            [
                "Folding: the factor is a power of two, so the rest of it went into the weight scales. That took "
                + $"{mean} bits of the weights on average, and {Words.hundredths worst.FoldedBits} at most, "
                + $"in channel {worst.Channel}."
            ]

    /// How many bits of the weights are left, where folding, sharing a scale or a retry took some.
    let private weights (layer: QuantizedLayer) (live: ChannelExplanation list) =
        let isWhole (channel: ChannelExplanation) =
            channel.LargestWeight = WeightScales.largestInteger 8

        let sharing =
            if layer.Request.PerChannel then
                ""
            else
                "one scale holds for all channels, so those with smaller weights use fewer bits; "

        if List.forall isWhole live then
            []
        else
            let worst = live |> List.minBy _.WeightBits
            let mean = Words.hundredths (live |> List.averageBy _.WeightBits)

            [
                $"Weights: {sharing}they use {mean} of 8 bits on average; channel {worst.Channel} uses the fewest, "
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

    /// What keeping pairs of products in 16 bits cost by larger steps.
    let private pairs (channels: ChannelExplanation list) =
        match channels |> List.filter (fun channel -> channel.StepGrowth > 1.0) with
        | [] -> []
        | some ->
            let worst = some |> List.maxBy _.StepGrowth
            let mean = some |> List.averageBy _.StepGrowth
            let cost = some |> List.averageBy (fun channel -> Bits.decibels channel.StepGrowth)

            [
                "Pairs: so that no two neighbouring products leave 16 bits, the step of the weights grew in "
                + $"{some.Length} of {channels.Length} channels, by {Words.hundredths mean} on average and "
                + $"{Words.hundredths worst.StepGrowth} at most, in channel {worst.Channel}; "
                + $"that is {Words.hundredths cost} dB on average."
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
        let live = channels |> List.filter (fun channel -> channel.State = "live")

        let paid =
            [
                yield! fallback layer
                yield! folding layer live
                yield! givenUp channels
                yield! pairs channels
                yield! weights layer live
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
