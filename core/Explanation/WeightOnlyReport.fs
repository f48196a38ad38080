namespace QuantFunctional.FSharp

open QuantFunctional

/// Explanations of weights alone, laid out for people.
[<RequireQualifiedAccess>]
module WeightOnlyReport =

    // more rows than these are not read
    let private shown = 8

    let private title (layer: WeightOnlyExplanation) =
        match layer.Operator with
        | null -> $"Layer {layer.Name}"
        | operator -> $"Layer {layer.Name} ({operator})"

    let private table (channels: WeightOnlyChannelExplanation seq) : Block =
        Block.Table(
            [
                Column.Right "Channel"
                Column.Right "Max|Qw|"
                Column.Right "Weight bits"
                Column.Right "Smallest step"
                Column.Right "Largest step"
                Column.Right "Zero groups"
                Column.Right "Bias"
            ],
            [
                for channel in channels ->
                    [
                        $"{channel.Channel}"
                        $"{channel.LargestWeight}"
                        Words.hundredths channel.WeightBits
                        Words.number channel.StepLow
                        Words.number channel.StepHigh
                        $"{channel.ZeroGroups}"
                        Words.number channel.Bias
                    ]
            ]
        )

    /// A layer's whole explanation: the channels with the fewest bits, then those with the largest steps, first.
    let ofLayer (layer: WeightOnlyExplanation) : Block list =
        let ranked =
            layer.Channels
            |> List.ofSeq
            |> List.sortBy (fun channel -> channel.WeightBits, -channel.StepHigh, channel.Channel)

        [
            Block.Title(title layer)
            Block.Lines(List.ofSeq layer.Setting)
            Block.Section "What the layer paid"
            Block.Lines(List.ofSeq layer.Paid)
            Block.Section "Channels, the fewest bits of weights first"
            table (List.truncate shown ranked)
            if ranked.Length > shown then
                Block.Lines
                    [
                        $"... and {ranked.Length - shown} more; "
                        + "ask for a channel by its number to have it explained on its own."
                    ]
        ]

    /// One channel of a layer. The channel must be one of its own.
    let ofChannel (channel: int) (layer: WeightOnlyExplanation) : Block list =
        [
            Block.Title $"{title layer}, channel {channel} of {layer.Channels.Length}"
            Block.Lines(List.ofSeq layer.Setting)
            Block.Section "The channel"
            table [ layer.Channels[channel] ]
        ]

    /// A row for each layer of a model.
    let summary (layers: WeightOnlyExplanation seq) : Block list =
        [
            Block.Table(
                [
                    Column.Left "Layer"
                    Column.Left "Operator"
                    Column.Left "Weights"
                    Column.Right "Channels"
                    Column.Right "Weights sharing a step"
                    Column.Right "Weight bits"
                ],
                [
                    for layer in layers ->
                        [
                            layer.Name
                            (match layer.Operator with
                             | null -> "-"
                             | operator -> operator)
                            $"{layer.Type} alone"
                            $"{layer.Channels.Length}"
                            $"{layer.GroupSize}"
                            Words.hundredths layer.WeightBits
                        ]
                ]
            )
        ]
