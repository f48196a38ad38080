namespace QuantFunctional

open System.Collections.Immutable

/// One output channel of a layer whose weights alone are integers.
[<NoComparison>]
type WeightOnlyChannelExplanation =
    {
        /// The output channel.
        Channel: int
        /// max|Qw|: the largest integer weight of the channel; with zero points max|Qw − Z|.
        LargestWeight: int
        /// How many bits of their type the weights use, in the group that uses the fewest; groups of zeros aside.
        WeightBits: float
        /// Real units per integer: the smallest of the channel's groups, signs aside.
        StepLow: float
        /// Real units per integer: the largest of the channel's groups, signs aside.
        StepHigh: float
        /// How many groups have integers that all stand for 0.
        ZeroGroups: int
        /// What is added; 0 where there is no bias.
        Bias: float
    }

    override c.ToString() =
        $"channel {c.Channel}: steps {FSharp.RealText.ofDouble c.StepLow}..{FSharp.RealText.ofDouble c.StepHigh}"

/// A plan of which the weights alone are integers, in words and numbers.
[<NoComparison>]
type WeightOnlyExplanation =
    {
        /// The layer's name.
        Name: string
        /// The operator that it comes from; null where there was none.
        Operator: string | null
        /// The type of the integer weights.
        Type: string
        /// How many weights share a step.
        GroupSize: int
        /// How many groups a channel has.
        GroupsPerChannel: int
        /// What was asked for, how the steps were found and what they mean, in sentences.
        Setting: ImmutableArray<string>
        /// What the weights lost, in sentences.
        Paid: ImmutableArray<string>
        /// The output channels in order.
        Channels: ImmutableArray<WeightOnlyChannelExplanation>
    }

    /// The fewest bits of their type that the weights of a channel use; channels of zeros aside.
    member l.WeightBits =
        let used = l.Channels |> Seq.map _.WeightBits |> Seq.filter (fun bits -> bits > 0.0)

        if Seq.isEmpty used then 0.0 else Seq.min used

    override l.ToString() =
        $"{l.Name}: {l.Type} in groups of {l.GroupSize}"
