namespace QuantFunctional.FSharp

open QuantFunctional

/// Explanations laid out for people.
[<RequireQualifiedAccess>]
module ExplanationReport =

    // more rows than these are not read
    let private worstShown = 8
    let private retriedShown = 24

    let private encoding (side: string) (encoding: EncodingExplanation) : string list =
        [
            $"{side}: {encoding.Type}, step {Words.number encoding.StepSize}, "
            + $"that is a scale of {Words.number encoding.Scale} steps per unit, "
            + $"zero point {encoding.ZeroPoint}: stores {Words.number encoding.Low} to {Words.number encoding.High}."
        ]

    let private headRoom (rooms: HeadRoom seq) : Block =
        Block.Table(
            [
                Column.Left "What"
                Column.Right "Channel"
                Column.Right "Lowest"
                Column.Right "Highest"
                Column.Right "Limit below"
                Column.Right "Limit above"
                Column.Right "Bits free"
            ],
            [
                for room in rooms ->
                    [
                        room.What
                        $"{room.Channel}"
                        Words.whole room.Low
                        Words.whole room.High
                        Words.whole room.LimitLow
                        Words.whole room.LimitHigh
                        $"{room.BitsFree}"
                    ]
            ]
        )

    /// Every attempt of a layer, planned or not.
    let ofAttempts (explained: AttemptExplanation seq) : Block list =
        [
            Block.Section $"Attempts: {Seq.length explained}"
            AttemptItems.items explained
        ]

    let private channelTable (channels: ChannelExplanation seq) : Block =
        Block.Table(
            [
                Column.Right "Channel"
                Column.Left "State"
                Column.Right "Max|Qw|"
                Column.Right "Weight bits"
                Column.Right "Given up"
                Column.Right "Step"
                Column.Right "h"
                Column.Right "Multiplier"
                Column.Right "Shift"
                Column.Right "Bias Qb"
                Column.Right "Bits free"
                Column.Left "Retried"
            ],
            [
                for channel in channels ->
                    [
                        $"{channel.Channel}"
                        channel.State
                        $"{channel.LargestWeight}"
                        Words.hundredths channel.WeightBits
                        $"{channel.BitsGivenUp}"
                        Words.hundredths channel.StepGrowth
                        $"{channel.IntrinsicShift}"
                        $"{channel.Multiplier}"
                        $"{channel.Shift}"
                        Words.whole channel.Bias
                        $"{channel.BitsFree}"
                        (if channel.Retried then "yes" else "")
                    ]
            ]
        )

    /// The channels that a reader should look at: those that retries touched, then those with the fewest bits.
    let private chosen (layer: LayerExplanation) : ChannelExplanation list =
        let ranked =
            layer.Channels
            |> List.ofSeq
            |> List.sortBy (fun channel -> channel.WeightBits, channel.BitsFree, channel.Channel)

        let retried = ranked |> List.filter _.Retried |> List.truncate retriedShown
        let others = ranked |> List.filter (fun channel -> not channel.Retried)

        retried @ List.truncate (max 0 (worstShown - retried.Length)) others
        |> List.sortBy (fun channel -> channel.WeightBits, channel.BitsFree, channel.Channel)

    let private channelSection (layer: LayerExplanation) : Block list =
        let shown = chosen layer
        let hidden = layer.Channels.Length - shown.Length

        [
            Block.Section "Channels, the fewest bits of weights first"
            channelTable shown
            Block.Lines
                [
                    if hidden > 0 then
                        $"... and {hidden} more; ask for a channel by its number to have it explained on its own."
                    "Max|Qw|: the largest integer weight, of 127. Weight bits: how many of 8 that uses. "
                    + "Given up: bits of the weights that retries took. Step: how many times as large it grew for pairs of "
                    + "products. h: right shift inside the product. "
                    + "Factor from accumulator to output: Multiplier * 2^-Shift. "
                    + "Bits free: how often product, bias and their sum can double in the accumulator."
                ]
        ]

    let private title (layer: LayerExplanation) =
        match layer.Operator with
        | null -> $"Layer {layer.Name}"
        | operator -> $"Layer {layer.Name} ({operator})"

    /// A layer's whole explanation.
    let ofLayer (layer: LayerExplanation) : Block list =
        [
            Block.Title(title layer)
            Block.Lines
                [
                    yield! layer.Setting
                    yield! encoding "Input" layer.Input
                    yield! encoding "Output" layer.Output
                    yield! layer.Output.HowFound
                ]
            Block.Section "What the layer paid"
            Block.Lines(List.ofSeq layer.Paid)
            if not layer.Warnings.IsEmpty then
                Block.Section $"Warnings: {layer.Warnings.Length}"
                Block.Lines(List.ofSeq layer.Warnings)
            yield! ofAttempts layer.Attempts
            Block.Section "Head room, for any input: the channel that is nearest to its limit"
            headRoom layer.HeadRoom
            yield! channelSection layer
        ]

    /// One channel of a layer. The channel must be one of its own.
    let ofChannel (channel: int) (layer: LayerExplanation) : Block list =
        let explained = layer.Channels[channel]

        let concerning =
            layer.Attempts
            |> Seq.filter (fun attempt ->
                attempt.Touches channel
                || not (isNull attempt.FallsBackTo)
                || attempt.GivenUp |> Seq.exists _.Channels.IsEmpty)
            |> Seq.map (fun attempt ->
                { attempt with
                    Overflows = attempt.Overflows.RemoveAll(fun overflow -> overflow.Channel <> channel)
                    GivenUp =
                        attempt.GivenUp.RemoveAll(fun change ->
                            not change.Channels.IsEmpty && not (change.Channels.Contains channel))
                })
            |> List.ofSeq

        [
            Block.Title $"{title layer}, channel {channel} of {layer.Channels.Length}"
            Block.Lines
                [
                    yield! List.ofSeq layer.Setting |> List.truncate 2
                    yield! encoding "Input" layer.Input
                    yield! encoding "Output" layer.Output
                ]
            Block.Section "How its numbers were found"
            Block.Lines(List.ofSeq explained.HowFound)
            Block.Section "Retries that concern it"
            if concerning.IsEmpty then
                Block.Lines [ "None: it overflowed nowhere, and gave nothing up." ]
            else
                AttemptItems.items concerning
            Block.Section "Head room, for any input"
            headRoom explained.HeadRoom
            Block.Lines
                [
                    $"All inputs together move the output by {Words.number explained.OutputSteps} steps at most."
                ]
        ]

    /// A row for each layer of a model, and what the columns say.
    let summary (layers: LayerExplanation seq) : Block list =
        [
            Block.Table(
                [
                    Column.Left "Layer"
                    Column.Left "Operator"
                    Column.Left "Precision"
                    Column.Right "Shift"
                    Column.Right "Folded"
                    Column.Right "Given up"
                    Column.Right "Step"
                    Column.Right "Weight bits"
                    Column.Right "Output bits"
                    Column.Right "Retries"
                    Column.Right "Bits free"
                    Column.Right "Warnings"
                ],
                [
                    for layer in layers ->
                        [
                            layer.Name
                            (match layer.Operator with
                             | null -> "-"
                             | operator -> operator)
                            layer.Precision
                            (if layer.ShiftLow = layer.ShiftHigh then
                                 $"{layer.ShiftLow}"
                             else
                                 $"{layer.ShiftLow}..{layer.ShiftHigh}")
                            Words.hundredths layer.FoldedBits
                            $"{layer.WeightBitsGivenUp}"
                            Words.hundredths layer.StepGrowthMost
                            Words.hundredths layer.WeightBits
                            $"{layer.OutputBitsGained - layer.OutputBitsGivenUp}"
                            $"{layer.Retries}"
                            $"{layer.BitsFree}"
                            $"{layer.Warnings.Length}"
                        ]
                ]
            )
            Block.Lines
                [
                    "Folded: the most bits of the weights that a power of two as factor took from a channel. "
                    + "Given up: the most that retries took. "
                    + "Step: how many times as large it grew at most, for pairs of products. "
                    + "Weight bits: how many of 8 the weights use, in the channel that uses the fewest. "
                    + "Output bits: gained, or lost because a shift was below the target's range. "
                    + "Bits free: how often product, bias and their sum can double in the accumulator."
                ]
        ]
