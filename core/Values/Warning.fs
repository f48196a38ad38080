namespace QuantFunctional

open System.Collections.Immutable

/// What a user should know about a plan that was made.
[<RequireQualifiedAccess; NoComparison>]
type Warning =
    /// Every integer weight of these channels (per tensor: of the layer) is 0: their output is a constant.
    | DeadChannels of Channels: ImmutableArray<int>
    /// All inputs together move the output of these channels by less than one step.
    | ConstantOutput of Channels: ImmutableArray<int>
    /// The output's Scale was divided by 2^Bits, because a shift was below what the target runs.
    | OutputScaleReduced of Bits: int
    /// The output has 32 bits, so its Scale was multiplied by 2^Bits.
    | OutputWidened of Bits: int

    /// The code under which docs/diagnostics.md tells more of it; a new case gets a new number.
    member w.Code =
        match w with
        | DeadChannels _ -> "QF0921"
        | ConstantOutput _ -> "QF0922"
        | OutputScaleReduced _ -> "QF0923"
        | OutputWidened _ -> "QF0924"

    /// The warning as a sentence.
    member w.Message =
        let list (channels: ImmutableArray<int>) =
            let shown = System.String.Join(", ", Seq.truncate 8 channels)
            let noun = if channels.Length = 1 then "channel" else "channels"

            let rest =
                if channels.Length > 8 then
                    $" and {channels.Length - 8} more"
                else
                    ""

            $"{noun} {shown}{rest}"

        match w with
        | DeadChannels channels -> $"{list channels}: every weight rounds to 0, so the output is the bias alone"
        | ConstantOutput channels ->
            $"{list channels}: the output is as good as constant, for no input moves it by a step of the range that all channels share"
        | OutputScaleReduced bits -> $"the output gave up {bits} bits, because a shift was below the target's range"
        | OutputWidened bits -> $"the output is int32 instead of int16, with {bits} more bits of precision"

    /// What layers that are warned of alike have in common, without channels and figures.
    member w.Cause =
        match w with
        | DeadChannels _ -> "every weight of a channel rounds to 0, so that its output is the bias alone"
        | ConstantOutput _ ->
            "a channel's output is as good as constant, for no input moves it by a step of the range that all channels share"
        | OutputScaleReduced _ -> "the output gave up bits, because a shift was below the target's range"
        | OutputWidened _ -> "the output is int32 instead of int16, with more bits of precision"

    /// How many channels it is about; 0 where it is about the layer as a whole.
    member w.ChannelCount =
        match w with
        | DeadChannels channels
        | ConstantOutput channels -> channels.Length
        | OutputScaleReduced _
        | OutputWidened _ -> 0

    /// What a user can do.
    member w.Remedy =
        match w with
        | ConstantOutput _ ->
            "nothing, where the result is near enough to the float model, for then little is read of these channels; else leave "
            + "the layer in float"
        | DeadChannels _ ->
            "such channels seldom matter, since their real weights are nearly 0; where the result is too far from the float "
            + "model, leave the layer in float"
        | OutputScaleReduced _ ->
            "nothing, where the result is near enough to the float model; else leave the layer in float"
        | OutputWidened _ -> "nothing, where what reads the output takes int32"

    override w.ToString() = w.Message
