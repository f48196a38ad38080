namespace QuantFunctional

open System.Collections.Immutable

/// The integers that a target holds for one layer, and nothing that was only needed to find them (SPEC section 1):
/// `Qc = sat(requantize(P + Qb) + OutputOffset)` with `P = (Σ Qa·Qw) / 2^h`.
[<NoComparison>]
type IntegerLayer =
    {
        /// The target, whose rounding the requantization has.
        Profile: BackendProfile
        /// How the input is stored.
        Input: Encoding
        /// How the output is stored.
        Output: Encoding
        /// Qw, in the order and shape of the real weights.
        Weights: ImmutableArray<sbyte>
        /// The sizes of the weights' axes.
        Shape: ImmutableArray<int>
        /// Qb, one for each output channel.
        Bias: ImmutableArray<int>
        /// The integer multiplier of the requantization.
        Multiplier: Channelwise<int>
        /// The right shift of the requantization.
        Shift: Channelwise<int>
        /// h, the right shift inside the product.
        IntrinsicShift: Channelwise<int>
        /// Zadd: what is added after the requantization.
        OutputOffset: int
        /// The values that the output is clamped to.
        OutputRange: Interval
    }
