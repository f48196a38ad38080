namespace QuantFunctional

open System.Collections.Immutable
open System.Globalization
open QuantFunctional.FSharp

/// What one attempt holds fixed, so that changing it means starting again (docs/backtracking.md).
[<NoComparison>]
type BacktrackingParameters =
    {
        /// The precision of the output.
        Precision: Precision
        /// The precision to fall back to where the target cannot run the layer's ReLU; null where there is none.
        ReluFallback: Precision | null
        /// Where the int15 path uses the larger intrinsic shift; all false on the other paths.
        IntrinsicShiftRaised: Channelwise<bool>
        /// Bits of weight precision given up, 0 to 8.
        BitsGivenUp: Channelwise<int>
        /// How many steps the largest weight has: 127, or where pairs of products would leave 16 bits less, down to 64 and in
        /// whole 1/1024. Without meaning where bits are given up, since then no pair leaves them.
        LargestWeight: Channelwise<float>
    }

    override p.ToString() =
        $"{p.Precision}, bits given up {p.BitsGivenUp}"

/// What made an attempt start again.
[<RequireQualifiedAccess; NoComparison>]
type RetryCause =
    /// ReLU by saturation is not right with this output encoding.
    | Relu
    /// The requantization's shift is above what the target runs.
    | ShiftAboveRange
    /// The product leaves the accumulator.
    | ProductOverflow
    /// The bias, or product and bias together, leaves the accumulator.
    | BiasOverflow
    /// Two neighbouring products together leave 16 bits, on a target that adds them there.
    | PairOverflow

/// What was given up for it.
[<RequireQualifiedAccess; NoComparison>]
type Remedy =
    /// The precision was changed to the fallback.
    | FallBack
    /// The intrinsic shift was raised.
    | RaiseIntrinsicShift
    /// Weight precision was given up.
    | GiveUpWeightBits
    /// The intrinsic shift was raised in some channels, weight precision was given up in others.
    | RaiseIntrinsicShiftAndGiveUpWeightBits
    /// The step of the weights was raised, by less than a bit.
    | RaiseWeightStep

/// One value that went beyond its limit, and by how many bits.
[<NoComparison>]
type Overflow =
    {
        /// The output channel.
        Channel: int
        /// The value found.
        Value: float
        /// The limit on its side.
        Limit: float
        /// The halvings that bring the value inside.
        Bits: int
    }

    /// The value of an output channel farthest beyond [low, high], or none where all lie inside.
    static member internal Worst(channel: int, low: float, high: float, values: float list) =
        let value = values |> List.maxBy (Numbers.halvingsToFit low high)

        match Numbers.halvingsToFit low high value with
        | 0 -> ValueNone
        | bits ->
            ValueSome
                {
                    Channel = channel
                    Value = value
                    Limit = if value < 0.0 then low else high
                    Bits = bits
                }

    /// What an output channel's question finds, for all of them in order.
    static member internal OfChannels(channels: int, find: int -> Overflow voption) : ImmutableArray<Overflow> =
        let found = ImmutableArray.CreateBuilder<Overflow>()

        for channel in 0 .. channels - 1 do
            match find channel with
            | ValueSome overflow -> found.Add overflow
            | ValueNone -> ()

        found.DrainToImmutable()

    override o.ToString() =
        $"""channel {o.Channel}: {FSharp.RealText.ofDouble o.Value} beyond {FSharp.RealText.ofDouble o.Limit} by {FSharp.ShortText.counted o.Bits "bit"}"""

/// Why an attempt started again: what overflowed, in which channels, by how many bits, and the remedy.
[<NoComparison>]
type RetryReason =
    {
        Cause: RetryCause
        Overflows: ImmutableArray<Overflow>
        Remedy: Remedy
    }

    /// The reason as a sentence.
    member r.Message =
        let cause =
            match r.Cause with
            | RetryCause.Relu -> "the output's zero point is not its lowest value, so saturation is not ReLU"
            | RetryCause.ShiftAboveRange -> "the shift is above the target's range"
            | RetryCause.ProductOverflow -> "the product leaves the accumulator"
            | RetryCause.BiasOverflow -> "bias and product leave the accumulator"
            | RetryCause.PairOverflow -> "two neighbouring products leave 16 bits"

        let remedy =
            match r.Remedy with
            | Remedy.FallBack -> "the fallback precision is used"
            | Remedy.RaiseIntrinsicShift -> "the intrinsic shift is raised"
            | Remedy.GiveUpWeightBits -> "bits of the weights are given up"
            | Remedy.RaiseIntrinsicShiftAndGiveUpWeightBits ->
                "the intrinsic shift is raised where it can be, elsewhere bits of the weights are given up"
            | Remedy.RaiseWeightStep -> "the step of the weights is raised"

        let number (x: float) =
            x.ToString("G6", CultureInfo.InvariantCulture)

        let where =
            r.Overflows
            |> Seq.truncate 4
            |> Seq.map (fun o -> $" channel {o.Channel}: {number o.Value}, limit {number o.Limit}, {o.Bits} bits;")
            |> String.concat ""

        let rest =
            if r.Overflows.Length > 4 then
                $" and {r.Overflows.Length - 4} more channels;"
            else
                ""

        $"{cause};{where}{rest} {remedy}"

    override r.ToString() = r.Message

/// How one attempt ended.
[<RequireQualifiedAccess; NoComparison>]
type AttemptOutcome =
    /// With a plan.
    | Planned
    /// With another start.
    | Retried of Reason: RetryReason
    /// With a refusal.
    | Refused of Refusal: Refusal

    override o.ToString() =
        match o with
        | Planned -> "planned"
        | Retried reason -> $"retried: {reason.Message}"
        | Refused refusal -> $"refused: {refusal.Message}"

/// One run through the stages.
[<NoComparison>]
type Attempt =
    {
        Parameters: BacktrackingParameters
        Outcome: AttemptOutcome
        Warnings: ImmutableArray<Warning>
    }

    override a.ToString() = $"{a.Parameters}: {a.Outcome}"

/// The attempts in order: what was tried, why it was left, what changed, what was warned of.
[<NoComparison>]
type Trace =
    {
        Attempts: ImmutableArray<Attempt>
    }

    /// How often planning started again.
    member t.Retries = t.Attempts.Length - 1

    /// The attempt that ended the search.
    member t.Last = t.Attempts[t.Attempts.Length - 1]

    override t.ToString() =
        $"""{FSharp.ShortText.counted t.Attempts.Length "attempt"}, the last: {t.Last}"""

/// A layer that could not be planned: why, and what was tried.
[<NoComparison>]
type Refused =
    {
        Refusal: Refusal
        Trace: Trace
    }

    /// The refusal as a sentence.
    member r.Message = r.Refusal.Message

    override r.ToString() = r.Message
