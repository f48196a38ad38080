namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What a plan of weights alone is and how it was found, as facts and sentences.
[<RequireQualifiedAccess>]
module WeightOnlyExplained =

    let private array (items: 'T seq) = ImmutableArray.CreateRange<'T> items

    /// max|Qw| of each group of a channel, in the channel's logical order.
    let private largestOfGroups (layer: WeightOnlyLayer) (channel: int) : int array =
        let shape = layer.Shape
        let largest = Array.zeroCreate<int> layer.GroupsPerChannel

        for weight in 0 .. shape.WeightsPerChannel - 1 do
            let index = shape.Index(channel, weight / shape.Positions, weight % shape.Positions)
            let group = weight / layer.GroupSize
            largest[group] <- max largest[group] (abs (int layer.Weights[index]))

        largest

    let private ofChannel (layer: WeightOnlyLayer) (channel: int) : WeightOnlyChannelExplanation =
        let bits = layer.Request.Type.Bits
        let groups = largestOfGroups layer channel

        let live = groups |> Array.filter (fun largest -> largest > 0)

        // the step of a group of zeros says nothing, unless there is no other
        let steps =
            [|
                for group in 0 .. groups.Length - 1 do
                    if groups[group] > 0 || live.Length = 0 then
                        layer.StepOf(channel, group * layer.GroupSize)
            |]

        {
            Channel = channel
            LargestWeight = Array.max groups
            WeightBits =
                if live.Length = 0 then
                    0.0
                else
                    Bits.used bits (WeightScales.largestInteger bits) (Array.min live)
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
        let most = WeightScales.largestInteger request.Type.Bits

        let sharing, meaning =
            match request.Granularity with
            | WeightGranularity.PerTensor -> "all weights", "out = (sum of a*Qw + b') * step, where b' = b / step"
            | WeightGranularity.PerChannel ->
                "the weights of a channel", "out = (sum of a*Qw + b') * step, where b' = b / step"
            | WeightGranularity.PerGroup _ ->
                $"each {layer.GroupSize} neighbouring weights of a channel",
                "out = sum over groups of (step * sum of a*Qw) + b"

        let format =
            match request.Steps with
            | StepFormat.Float32 -> ", rounded to float32 as files hold it"
            | StepFormat.Float64 -> ""

        [
            $"Weights alone are integers: {request.Type.Name}, from {-most} to {most}; activations stay real numbers."
            $"Weights: {shape.Layout} {sizes}, {channels} of {weights} each."
            $"Step: {sharing} share one, found as max|w| / {most} of those{format}."
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

                $"Weights: they use all {bits} bits where they are largest, "
                + $"and {used} at least, in channel {worst.Channel}."
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
