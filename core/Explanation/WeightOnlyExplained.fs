namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What a plan of weights alone is and how it was found, as facts and sentences.
[<RequireQualifiedAccess>]
module WeightOnlyExplained =

    let private array (items: 'T seq) = ImmutableArray.CreateRange<'T> items

    /// The lowest and the highest integer of each group of a channel, 0 among them, each less its zero point.
    let private extremesOfGroups (layer: WeightOnlyLayer) (channel: int) : struct (int * int) array =
        let shape = layer.Shape
        let extremes = Array.create layer.GroupsPerChannel (struct (0, 0))

        for weight in 0 .. shape.WeightsPerChannel - 1 do
            let index = shape.Index(channel, weight / shape.Positions, weight % shape.Positions)
            let group = weight / layer.GroupSize
            let steps = int layer.Weights[index] - int (layer.ZeroPointOf(channel, weight))
            let struct (low, high) = extremes[group]
            extremes[group] <- struct (min low steps, max high steps)

        extremes

    /// How many integers of the type lie between 0 and the farthest, or, with zero points, between both ends.
    let private most (request: WeightOnlyRequest) = max request.Highest -request.Lowest

    let private ofChannel (layer: WeightOnlyLayer) (channel: int) : WeightOnlyChannelExplanation =
        let request = layer.Request
        let groups = extremesOfGroups layer channel

        let used =
            groups
            |> Array.map (fun struct (low, high) ->
                if request.Type.HasZeroPoints then
                    high - low
                else
                    max high -low)

        let live = used |> Array.filter (fun used -> used > 0)

        // the step of a group of zeros says nothing, unless there is no other
        let steps =
            [|
                for group in 0 .. groups.Length - 1 do
                    if used[group] > 0 || live.Length = 0 then
                        abs (layer.StepOf(channel, group * layer.GroupSize))
            |]

        {
            Channel = channel
            LargestWeight = groups |> Array.map (fun struct (low, high) -> max high -low) |> Array.max
            WeightBits =
                if live.Length = 0 then
                    0.0
                else
                    Bits.used request.Type.Bits (most request) (Array.min live)
            StepLow = Array.min steps
            StepHigh = Array.max steps
            ZeroGroups = groups.Length - live.Length
            Bias = if layer.Bias.IsEmpty then 0.0 else layer.Bias[channel]
        }

    let private setting (layer: WeightOnlyLayer) : string list =
        let shape, request = layer.Shape, layer.Request
        let sizes = System.String.Join("x", shape.Sizes)
        let channels = Words.counted shape.Channels "output channel"
        let weights = Words.counted shape.WeightsPerChannel "weight"
        let weight = if request.Type.HasZeroPoints then "(Qw - Z)" else "Qw"

        let sharing, meaning =
            match request.Granularity with
            | WeightGranularity.PerTensor ->
                "all weights", $"out = (sum of a*{weight} + b') * step, where b' = b / step"
            | WeightGranularity.PerChannel ->
                "the weights of a channel", $"out = (sum of a*{weight} + b') * step, where b' = b / step"
            | WeightGranularity.PerGroup _ ->
                $"each {layer.GroupSize} neighbouring weights of a channel",
                $"out = sum over groups of (step * sum of a*{weight}) + b"

        let unclipped =
            if request.Type.HasZeroPoints then
                $"(max(w, 0) - min(w, 0)) / {request.Highest} of those"
            else
                $"max|w| / {request.Highest} of those"

        let found =
            match request.Rule with
            | StepRule.Largest -> $"found as {unclipped}"
            | StepRule.Searched when request.Type.HasZeroPoints ->
                $"the one of {StepSearch.factors.Length} steps about {unclipped} that has the least squared error of the weights"
            | StepRule.Searched ->
                $"the one of {2 * StepSearch.factors.Length} steps of either sign about {unclipped} that has the least squared error of "
                + "the weights"

        let format =
            match request.Steps with
            | StepFormat.Float32 -> ", rounded to float32 as files hold it"
            | StepFormat.Float16 -> ", rounded to float16 as files hold it"
            | StepFormat.Float64 -> ""

        [
            $"Weights alone are integers: {request.Type.Name}, from {request.Lowest} to {request.Highest}; activations stay real numbers."
            $"Weights: {shape.Layout} {sizes}, {channels} of {weights} each."
            $"Step: {sharing} share one, {found}{format}."
            if request.Type.HasZeroPoints then
                "Zero point: each step has one, Z, which stands for 0 exactly."
            $"The layer computes {meaning}. Nothing can overflow, so there is no attempt to tell."
        ]

    let private paid (layer: WeightOnlyLayer) (channels: WeightOnlyChannelExplanation list) : string list =
        let zero = channels |> List.filter (fun channel -> channel.LargestWeight = 0)
        let live = channels |> List.filter (fun channel -> channel.LargestWeight > 0)
        let bits = layer.Request.Type.Bits

        [
            if not live.IsEmpty then
                let worst = live |> List.minBy _.WeightBits
                let used = Words.hundredths worst.WeightBits

                match layer.Request.Rule with
                | StepRule.Largest ->
                    $"Weights: they use all {bits} bits where they are largest, "
                    + $"and {used} at least, in channel {worst.Channel}."
                | StepRule.Searched -> $"Weights: they use {used} of {bits} bits at least, in channel {worst.Channel}."
            if not zero.IsEmpty then
                let named = zero |> List.map _.Channel |> Array.ofList |> Words.channels
                $"Constant: every weight rounds to 0 in {named}; the output is the bias alone."
        ]

    /// The explanation of a layer. `operator` is what the layer was in its model; null where there was none.
    let ofLayer (name: string) (operator: string | null) (layer: WeightOnlyLayer) : WeightOnlyExplanation =
        let channels = List.init layer.Shape.Channels (ofChannel layer)

        {
            Name = name
            Operator = operator
            Type = layer.Request.Type.Name
            GroupSize = layer.GroupSize
            GroupsPerChannel = layer.GroupsPerChannel
            Setting = array (setting layer)
            Paid = array (paid layer channels)
            Channels = array channels
        }

    /// The explanation with one channel alone.
    let ofChannelAlone (channel: int) (layer: WeightOnlyExplanation) : WeightOnlyExplanation =
        { layer with
            Channels = ImmutableArray.Create layer.Channels[channel]
        }
