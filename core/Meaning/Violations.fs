namespace QuantFunctional

open System.Collections.Immutable

/// What a layer breaks.
[<RequireQualifiedAccess; NoComparison>]
type Violation =
    /// A constant that its type or the target does not hold. The channel is −1 where it belongs to the whole layer.
    | ConstantOutOfRange of What: string * Channel: int * Value: int64 * Low: int64 * High: int64
    /// An intermediate that leaves the integer which must hold it, for the witness: one stored input for each weight of the
    /// channel, in the logical order. The witness reaches the end of the full sum; pairs that saturate stay inside of it.
    | Overflow of Bound: Bound * Witness: ImmutableArray<int>
    /// Multiplier and shift are not the factor S that the scales claim, beyond their rounding.
    | ScaleNotHeld of Channel: int * Claimed: float * Held: float
    /// The step that a bias is stored in is not xStep·wStep, the step of the products that it is added to, beyond what
    /// float32 rounds.
    | BiasStepNotHeld of Channel: int * Claimed: float * Held: float
    /// The real bias that an integer one stands for, the zero points that travel in it taken off, is not the claimed one to
    /// half a step.
    | BiasNotHeld of Channel: int * Claimed: float * Held: float
    /// What is added after the requantization is not what precision and zero point claim.
    | OffsetNotHeld of Claimed: int * Held: int
    /// The lowest or the highest output that the clamp lets pass is not the one that activation and zero point claim.
    | ClampNotHeld of End: string * Claimed: int64 * Held: int64
    /// Two neighbouring products of a channel that overflow the 16 bits in which x64 without VNNI adds them, under a profile
    /// that speaks of such processors.
    | PairOverflow of PairSum

    static member private Text(x: float) =
        QuantFunctional.FSharp.RealText.ofDouble x

    /// The violation as a sentence.
    member v.Message =
        match v with
        | ConstantOutOfRange(what, channel, value, low, high) ->
            let place = if channel < 0 then "" else $"channel {channel}: "
            $"{place}{what} is {value}, outside {low} .. {high}"
        | Overflow(bound, _) ->
            $"channel {bound.Channel}: {bound.Intermediate.Name} reaches {bound.Smallest} .. {bound.Largest}, which "
            + $"{bound.Bits} bits do not hold"
        | ScaleNotHeld(channel, claimed, held) ->
            $"channel {channel}: multiplier and shift are {Violation.Text held}, "
            + $"the scales claim {Violation.Text claimed}"
        | BiasStepNotHeld(channel, claimed, held) ->
            $"channel {channel}: the bias is stored in steps of {Violation.Text claimed}, the products that it is added to "
            + $"have steps of {Violation.Text held}"
        | BiasNotHeld(channel, claimed, held) ->
            $"channel {channel}: the bias stands for {Violation.Text held}, {Violation.Text claimed} is claimed"
        | OffsetNotHeld(claimed, held) ->
            $"the number added after the requantization is {held}, precision and zero point claim {claimed}"
        | ClampNotHeld(end', claimed, held) -> $"the {end'} output is {held}, activation and zero point claim {claimed}"
        | PairOverflow pair -> pair.Message

    override v.ToString() = v.Message
