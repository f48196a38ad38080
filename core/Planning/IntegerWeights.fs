namespace QuantFunctional

open System.Collections.Immutable

/// Integer weights with what the later stages need to know of them, so that nothing is read twice.
[<NoComparison; NoEquality>]
type IntegerWeights =
    {
        /// Qw, in the order of the real weights.
        Values: ImmutableArray<sbyte>
        /// Per output channel, the sum of the weights above 0.
        PositiveSums: ImmutableArray<int64>
        /// Per output channel, the sum of the weights below 0.
        NegativeSums: ImmutableArray<int64>
    }

    /// True where every integer weight of the channel is 0.
    member w.IsZero(channel: int) =
        w.PositiveSums[channel] = 0L && w.NegativeSums[channel] = 0L

    override w.ToString() = FSharp.ShortText.list w.Values
