namespace QuantFunctional.FSharp

open System.Collections.Immutable
open QuantFunctional

/// What a plan is and how it was found, as facts and sentences. All of it follows from the plan.
[<RequireQualifiedAccess>]
module Explanation =

    let private array (items: 'T seq) = ImmutableArray.CreateRange<'T> items

    /// Every attempt of a trace: what it tried, what overflowed, what was given up for it.
    let ofTrace (trace: Trace) : ImmutableArray<AttemptExplanation> = Attempts.ofTrace trace

    /// For each constant and intermediate, the channel with the fewest bits free.
    let private nearest (channels: ChannelExplanation array) : HeadRoom list =
        channels
        |> Seq.collect _.HeadRoom
        |> Seq.groupBy _.What
        |> Seq.map (snd >> Seq.minBy _.BitsFree)
        |> List.ofSeq

    /// The explanation of a layer's plan. `operator` is what the layer was in its model; null where there was none.
    let ofLayer (name: string) (operator: string | null) (layer: QuantizedLayer) : LayerExplanation =
        let attempts = Attempts.ofTrace layer.Trace
        let channels = Channels.ofLayer layer attempts
        let outputBits = Encodings.bitsGained layer |> ValueOption.defaultValue 0

        let shifts =
            match channels |> Array.filter (fun channel -> channel.State <> "dead") with
            | [||] -> [| 0 |]
            | live -> Array.map _.Shift live

        {
            Name = name
            Operator = operator
            Profile = layer.Integers.Profile.Name
            Path = layer.Integers.Path.Name
            AccumulatorBits = layer.Integers.Accumulator.Bits
            PrecisionAsked = Settings.asked layer.Request.Precision
            Precision = layer.Precision.Name
            PerChannel = layer.Request.PerChannel
            Setting = array (Settings.ofLayer layer)
            Input = Encodings.ofInput layer
            Output = Encodings.ofOutput layer
            OutputBitsGivenUp = max 0 -outputBits
            OutputBitsGained = max 0 outputBits
            ShiftLow = Array.min shifts
            ShiftHigh = Array.max shifts
            Paid = array (Payments.ofLayer layer outputBits channels)
            Warnings = array (layer.Warnings |> Seq.map _.Message)
            Attempts = attempts
            HeadRoom = array (nearest channels)
            Channels = array channels
        }

    /// The explanation with one channel alone, and its head room; the attempts stay those of the layer.
    let ofChannel (channel: int) (layer: LayerExplanation) : LayerExplanation =
        let one = layer.Channels[channel]

        { layer with
            Channels = ImmutableArray.Create one
            HeadRoom = one.HeadRoom
        }
