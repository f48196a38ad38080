namespace QuantFunctional

open System
open System.Collections.Immutable

/// One value that went beyond its limit.
[<NoComparison>]
type OverflowExplanation =
    {
        /// The output channel.
        Channel: int
        /// The value found.
        Value: float
        /// The limit on its side.
        Limit: float
        /// The bits that were missing: halvings that bring the value inside.
        BitsMissing: int
        /// The same as a sentence.
        Sentence: string
    }

    override o.ToString() = o.Sentence

/// What a retry gave up in some channels, that is the parameters of the next attempt that differ from this one's.
[<NoComparison>]
type ChangeExplanation =
    {
        /// The output channels; empty where one value holds for the whole layer.
        Channels: ImmutableArray<int>
        /// True where the intrinsic shift was raised.
        IntrinsicShiftRaised: bool
        /// The bits of weight precision that had been given up before.
        BitsGivenUpBefore: int
        /// The bits of weight precision that are given up in the next attempt.
        BitsGivenUpAfter: int
        /// How many times as large the steps of the weights become, on average over the channels; 1 where they stay.
        StepGrowthMean: float
        /// The same of the channel whose step grows most.
        StepGrowthMost: float
        /// The same as a sentence.
        Sentence: string
    }

    override c.ToString() = c.Sentence

/// One attempt: what it tried, why it was left, and what was given up for the next.
[<NoComparison>]
type AttemptExplanation =
    {
        /// Counted from 1.
        Number: int
        /// The precision that it tried.
        Precision: string
        /// `planned`, `retried` or `refused`.
        Outcome: string
        /// What it started with and how it ended, as a sentence.
        Sentence: string
        /// What went beyond its limit, and where.
        Overflows: ImmutableArray<OverflowExplanation>
        /// What was given up for it.
        GivenUp: ImmutableArray<ChangeExplanation>
        /// The precision that the next attempt falls back to; null where it stays.
        FallsBackTo: string | null
        /// What a user should know.
        Warnings: ImmutableArray<string>
    }

    /// True where the channel overflowed here, or gave something up.
    member a.Touches(channel: int) =
        a.Overflows |> Seq.exists (fun overflow -> overflow.Channel = channel)
        || a.GivenUp |> Seq.exists (fun change -> change.Channels.Contains channel)

    override a.ToString() = $"attempt {a.Number}: {a.Sentence}"
