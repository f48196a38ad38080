namespace QuantFunctional

open System
open System.Collections.Immutable

/// How a tensor is stored, and how that was found.
[<NoComparison>]
type EncodingExplanation =
    {
        /// The type of the integers.
        Type: string
        /// Real units per step.
        StepSize: float
        /// Steps per real unit, the reciprocal.
        Scale: float
        /// The integer that stands for the real 0.
        ZeroPoint: int
        /// The smallest real number that can be stored.
        Low: float
        /// The largest real number that can be stored.
        High: float
        /// Where step and zero point come from, in sentences with the numbers.
        HowFound: ImmutableArray<string>
    }

    override e.ToString() =
        $"{e.Type}, step size {FSharp.RealText.ofDouble e.StepSize}, zero point {e.ZeroPoint}"

/// The values that a constant or an intermediate can take, and how far that is from what the target holds.
[<NoComparison>]
type HeadRoom =
    {
        /// What is looked at.
        What: string
        /// The output channel.
        Channel: int
        /// The smallest value it takes, for any input.
        Low: int64
        /// The largest value it takes, for any input.
        High: int64
        /// The smallest value that the target holds.
        LimitLow: int64
        /// The largest value that the target holds.
        LimitHigh: int64
        /// How often both ends could be doubled; negative where they must be halved. For a shift: the bits to the
        /// nearer end of its range.
        BitsFree: int
    }

    override h.ToString() =
        $"channel {h.Channel}: {h.What} {h.Low}..{h.High} in {h.LimitLow}..{h.LimitHigh}"

/// One output channel in numbers. The letters are those of docs/arithmetic.md.
[<NoComparison>]
type ChannelExplanation =
    {
        /// The output channel.
        Channel: int
        /// `live`; `dead` where its scale was given up because every weight rounds to 0; `zero` where every weight
        /// rounds to 0 at the scale that it shares with others.
        State: string
        /// max|Qw|: the largest integer weight, of 127.
        LargestWeight: int
        /// How many of the 8 bits the weights use: 8 - log2(127 / max|Qw|), 0 where all are 0.
        WeightBits: float
        /// Bits of weight precision that retries gave up.
        BitsGivenUp: int
        /// How many times as large the step of the weights is as it would be if the target added all products in full; 1
        /// where it is the same, and where bits were given up instead.
        StepGrowth: float
        /// The part of Sw that is left after the fraction of S was folded into it, about; 1 where nothing is folded.
        FoldedBy: float
        /// How many bits of the weights that took: log2(1 / FoldedBy), below 1.
        FoldedBits: float
        /// Sw: steps per real unit of the weights; 0 for a dead channel.
        WeightScale: float
        /// S: from the accumulator to the output.
        RequantizationScale: float
        /// S = Multiplier * 2^-Shift.
        Multiplier: int
        /// S = Multiplier * 2^-Shift.
        Shift: int
        /// h: the right shift inside the product.
        IntrinsicShift: int
        /// Sb: the accumulator's steps per real unit.
        BiasScale: float
        /// b: the real bias, with its correction.
        RealBias: float
        /// P0: the product when every input holds the zero point, where that is taken off in the bias.
        ProductZeroValue: int64
        /// Zb: the output's zero point in the accumulator's steps, where it travels in the bias.
        ZeroPointInBias: int64
        /// Qb: the integer bias.
        Bias: int64
        /// How many output steps the product spans, from its smallest value to its largest.
        OutputSteps: float
        /// How far product, bias, their sum and the shift are from their limits.
        HeadRoom: ImmutableArray<HeadRoom>
        /// The fewest bits free of product, bias and their sum.
        BitsFree: int
        /// True where a retry overflowed or gave something up here.
        Retried: bool
        /// How the numbers were found, in sentences.
        HowFound: ImmutableArray<string>
    }

    override c.ToString() =
        $"""channel {c.Channel}: {c.State}, multiplier {c.Multiplier}, shift {c.Shift}, {FSharp.ShortText.counted c.BitsGivenUp "bit"} given up"""

/// One layer's plan in words and numbers. It is found from the plan alone.
[<NoComparison>]
type LayerExplanation =
    {
        /// The layer's name.
        Name: string
        /// The operator that it comes from; null where it comes from arrays.
        Operator: string | null
        /// The target's profile.
        Profile: string
        /// The algorithm that multiplies.
        Path: string
        /// The bits of the accumulator, sign included.
        AccumulatorBits: int
        /// The precision that was asked for.
        PrecisionAsked: string
        /// The precision that is used.
        Precision: string
        /// True for one weight scale per output channel, false for one in all.
        PerChannel: bool
        /// What was asked for and what runs, in sentences.
        Setting: ImmutableArray<string>
        /// How the input is stored.
        Input: EncodingExplanation
        /// How the output is stored.
        Output: EncodingExplanation
        /// The bits of the output's precision that were given up, because a shift was below the target's range.
        OutputBitsGivenUp: int
        /// The bits that the output has gained by being 32 bits wide.
        OutputBitsGained: int
        /// The smallest shift of a live channel.
        ShiftLow: int
        /// The largest shift of a live channel.
        ShiftHigh: int
        /// What the layer paid for being run by this target, in sentences.
        Paid: ImmutableArray<string>
        /// What a user should know.
        Warnings: ImmutableArray<string>
        /// The attempts in order.
        Attempts: ImmutableArray<AttemptExplanation>
        /// For each constant and intermediate the channel that is nearest to its limit.
        HeadRoom: ImmutableArray<HeadRoom>
        /// The output channels in order.
        Channels: ImmutableArray<ChannelExplanation>
    }

    /// How often planning started again.
    member l.Retries = l.Attempts.Length - 1

    /// The most bits of weight precision that a channel gave up.
    member l.WeightBitsGivenUp = l.Channels |> Seq.map _.BitsGivenUp |> Seq.max

    /// The largest factor that a channel's step was raised by for pairs of products; 1 where none was.
    member l.StepGrowthMost = l.Channels |> Seq.map _.StepGrowth |> Seq.max

    /// The mean of the factors of all channels.
    member l.StepGrowthMean = l.Channels |> Seq.averageBy _.StepGrowth

    /// The most bits of the weights that folding took from a channel.
    member l.FoldedBits = l.Channels |> Seq.map _.FoldedBits |> Seq.max

    /// The fewest bits of the weights that a live channel uses; 0 where there is none.
    member l.WeightBits =
        let live = l.Channels |> Seq.filter (fun channel -> channel.State = "live")

        if Seq.isEmpty live then
            0.0
        else
            live |> Seq.map _.WeightBits |> Seq.min

    /// The fewest bits free of any channel's product, bias and their sum.
    member l.BitsFree = l.Channels |> Seq.map _.BitsFree |> Seq.min

    override l.ToString() =
        $"{l.Name}: {l.Precision} for {l.Profile}, shifts {l.ShiftLow}..{l.ShiftHigh}"
